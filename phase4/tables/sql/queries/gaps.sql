-- Every date of a range with its state and reason, next to what the ledger recorded last.
-- ledger: recorded (done and there), lost (done, not there any more), unrecorded (there, by no run),
-- failed (the last attempt), none.
WITH
  newest AS (
    SELECT game_date, run_id, status, reason, counted_games, counted_players, finished_at
    FROM `${ops_dataset}.outcomes`
    WHERE
      game_date BETWEEN @start_date AND @end_date
      AND status != 'SKIPPED'
      AND ${of_default_table}
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date ORDER BY finished_at DESC, attempt DESC) = 1
  )

SELECT
  status.* EXCEPT (rules, input_sources),
  newest.run_id AS last_run,
  newest.status AS last_outcome,
  newest.reason AS last_reason,
  newest.finished_at AS last_finished_at,
  CASE
    WHEN newest.status = 'FAILED' THEN 'failed'
    WHEN newest.status IS NOT NULL
      AND newest.counted_players > status.present_players + status.extra_players THEN 'lost'
    WHEN newest.status IS NOT NULL THEN 'recorded'
    WHEN status.l4_games > 0 THEN 'unrecorded'
    ELSE 'none'
  END AS ledger
FROM `${ops_dataset}.date_status`(@start_date, @end_date) AS status
LEFT JOIN newest
  ON newest.game_date = status.game_date
ORDER BY status.game_date
