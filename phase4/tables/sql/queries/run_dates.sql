-- What became of every planned date of a run, and whether a later run wrote it.
WITH
  fates AS (
    ${fates_of_run}
  ),

  later AS (
    SELECT
      fates.table_name,
      other.game_date,
      ARRAY_AGG(other.run_id ORDER BY other.finished_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS run_id
    FROM `${ops_dataset}.outcomes` AS other
    JOIN fates
      ON fates.game_date = other.game_date
      AND fates.table_name = IFNULL(other.table_name, '${default_table}')
    WHERE
      other.run_id != @run_id
      AND other.status = 'PUBLISHED'
      -- A date that died has no moment of its own.
      AND other.finished_at > IFNULL(fates.finished_at, fates.started_at)
    GROUP BY fates.table_name, other.game_date
  )

SELECT
  fates.table_name,
  fates.game_date,
  fates.state,
  fates.plan_reason,
  fates.present_games,
  fates.covered_games,
  fates.forecast_games,
  fates.expected_players,
  fates.wave,
  fates.task,
  fates.attempt,
  fates.status,
  IFNULL(fates.reason, '') AS reason,
  fates.counted_games,
  fates.counted_players,
  fates.quarantined_rows,
  fates.rows_changed,
  IFNULL(fates.added_games, []) AS added_games,
  fates.content_hash,
  fates.load_job_id,
  fates.read_at,
  fates.finished_at,
  later.run_id AS later_run
FROM fates
LEFT JOIN later
  ON later.table_name = fates.table_name
  AND later.game_date = fates.game_date
ORDER BY fates.game_date, fates.table_name
