-- How far a run is, from data alone: its plan, its ledger and what it wrote into the table.
WITH
  planned AS (
    SELECT game_date, wave, expected_games
    FROM `${ops_dataset}.plan`
    WHERE run_id = @run_id AND action = 'PLANNED'
  ),

  newest AS (
    SELECT game_date, status
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = @run_id
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date ORDER BY finished_at DESC, attempt DESC) = 1
  )

SELECT
  planned.wave,
  COUNT(*) AS planned,
  COUNTIF(newest.status IN ('PUBLISHED', 'UNCHANGED')) AS done,
  COUNTIF(newest.status = 'FAILED') AS failed,
  SUM(IF(newest.status = 'PUBLISHED', planned.expected_games, 0)) AS games
FROM planned
LEFT JOIN newest
  ON newest.game_date = planned.game_date
GROUP BY wave
ORDER BY wave
