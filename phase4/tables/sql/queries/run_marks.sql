-- What the last runs did with each date, over all tables that they filled: the worst that became of it.
WITH
  recent AS (
    ${recent_runs}
  ),

  fates AS (
    ${fates_of_recent_runs}
  )

SELECT
  run_id,
  game_date,
  CASE
    WHEN COUNTIF(status = 'FAILED') > 0 THEN 'FAILED'
    WHEN COUNTIF(status = 'DIED') > 0 THEN 'DIED'
    WHEN COUNTIF(status = 'SKIPPED') > 0 THEN 'SKIPPED'
    WHEN COUNTIF(status = 'NOT_STARTED') > 0 THEN 'NOT_STARTED'
    WHEN COUNTIF(status = 'PUBLISHED') > 0 THEN 'PUBLISHED'
    ELSE 'UNCHANGED'
  END AS status
FROM fates
GROUP BY run_id, game_date
ORDER BY run_id, game_date
