-- What became of every planned date of a run: its newest outcome, and whether a later run wrote it.
WITH
  newest AS (
    SELECT * EXCEPT (table_name), ${filled_table_name} AS table_name
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = @run_id
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY ${filled_table_name}, game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  later AS (
    SELECT
      newest.table_name,
      other.game_date,
      ARRAY_AGG(other.run_id ORDER BY other.finished_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS run_id
    FROM `${ops_dataset}.outcomes` AS other
    JOIN newest
      ON newest.game_date = other.game_date
      AND newest.table_name = IFNULL(other.table_name, '${default_table}')
    WHERE
      other.run_id != @run_id
      AND other.status = 'PUBLISHED'
      AND other.finished_at > newest.finished_at
    GROUP BY newest.table_name, other.game_date
  )

SELECT
  plan.table_name,
  plan.game_date,
  plan.state,
  plan.reason AS plan_reason,
  plan.present_games,
  plan.expected_players,
  newest.wave,
  newest.task,
  newest.attempt,
  IFNULL(newest.status, 'NOT_RECORDED') AS status,
  IFNULL(newest.reason, '') AS reason,
  newest.counted_games,
  newest.counted_players,
  newest.quarantined_rows,
  newest.rows_changed,
  IFNULL(newest.added_games, []) AS added_games,
  newest.content_hash,
  newest.load_job_id,
  newest.read_at,
  newest.finished_at,
  later.run_id AS later_run
FROM (
  SELECT * EXCEPT (table_name), ${filled_table_name} AS table_name
  FROM `${ops_dataset}.plan`
  WHERE run_id = @run_id AND action = 'PLANNED'
) AS plan
LEFT JOIN newest
  ON newest.table_name = plan.table_name
  AND newest.game_date = plan.game_date
LEFT JOIN later
  ON later.table_name = plan.table_name
  AND later.game_date = plan.game_date
ORDER BY plan.game_date, plan.table_name
