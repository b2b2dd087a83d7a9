-- What the last runs did with each date, over all tables that they filled: its worst newest outcome.
WITH
  recent AS (
    SELECT run_id, started_at
    FROM `${ops_dataset}.runs`
    ORDER BY started_at DESC
    LIMIT 10
  ),

  planned AS (
    SELECT plan.run_id, plan.game_date, ${filled_table_name} AS table_name
    FROM `${ops_dataset}.plan` AS plan
    WHERE plan.action = 'PLANNED' AND plan.run_id IN (SELECT run_id FROM recent)
  ),

  newest AS (
    SELECT run_id, game_date, ${filled_table_name} AS table_name, status
    FROM `${ops_dataset}.outcomes`
    WHERE run_id IN (SELECT run_id FROM recent)
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY run_id, ${filled_table_name}, game_date
      ORDER BY finished_at DESC, attempt DESC) = 1
  )

SELECT
  planned.run_id,
  planned.game_date,
  CASE
    WHEN COUNTIF(newest.status = 'FAILED') > 0 THEN 'FAILED'
    WHEN COUNTIF(newest.status IS NULL OR newest.status NOT IN ('PUBLISHED', 'UNCHANGED')) > 0
      THEN 'NOT_RECORDED'
    WHEN COUNTIF(newest.status = 'PUBLISHED') > 0 THEN 'PUBLISHED'
    ELSE 'UNCHANGED'
  END AS status
FROM planned
LEFT JOIN newest
  ON newest.run_id = planned.run_id
  AND newest.game_date = planned.game_date
  AND newest.table_name = planned.table_name
GROUP BY planned.run_id, planned.game_date
ORDER BY planned.run_id, planned.game_date
