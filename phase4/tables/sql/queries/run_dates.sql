-- What became of every planned date of a run: its newest outcome, and whether a later run wrote it.
WITH
  newest AS (
    SELECT *
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = @run_id
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  later AS (
    SELECT
      other.game_date,
      ARRAY_AGG(other.run_id ORDER BY other.finished_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS run_id
    FROM `${ops_dataset}.outcomes` AS other
    JOIN newest
      ON newest.game_date = other.game_date
    WHERE
      other.run_id != @run_id
      AND other.status = 'PUBLISHED'
      AND other.finished_at > newest.finished_at
    GROUP BY other.game_date
  )

SELECT
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
  newest.content_hash,
  newest.load_job_id,
  newest.read_at,
  newest.finished_at,
  later.run_id AS later_run
FROM `${ops_dataset}.plan` AS plan
LEFT JOIN newest
  ON newest.game_date = plan.game_date
LEFT JOIN later
  ON later.game_date = plan.game_date
WHERE plan.run_id = @run_id AND plan.action = 'PLANNED'
ORDER BY plan.game_date
