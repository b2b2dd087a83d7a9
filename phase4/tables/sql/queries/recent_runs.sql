-- The last runs with what became of their dates, newest first.
WITH
  recent AS (
    SELECT *
    FROM `${ops_dataset}.runs`
    ORDER BY started_at DESC
    LIMIT 10
  ),

  planned AS (
    SELECT run_id, COUNTIF(action = 'PLANNED') AS planned
    FROM `${ops_dataset}.plan`
    WHERE run_id IN (SELECT run_id FROM recent)
    GROUP BY run_id
  ),

  newest AS (
    SELECT run_id, ${filled_table_name} AS table_name, game_date, status
    FROM `${ops_dataset}.outcomes`
    WHERE run_id IN (SELECT run_id FROM recent)
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY run_id, ${filled_table_name}, game_date
      ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  recorded AS (
    SELECT
      run_id,
      COUNTIF(status IN ('PUBLISHED', 'UNCHANGED')) AS done,
      COUNTIF(status = 'FAILED') AS failed
    FROM newest
    GROUP BY run_id
  )

SELECT
  recent.run_id,
  recent.kind,
  recent.state,
  recent.owner,
  recent.purpose,
  recent.trigger,
  recent.target_table,
  recent.start_date,
  recent.end_date,
  recent.started_at,
  recent.finished_at,
  recent.lease_expires_at,
  recent.lease_expires_at < CURRENT_TIMESTAMP() AS lease_expired,
  recent.error,
  IFNULL(planned.planned, 0) AS planned,
  IFNULL(recorded.done, 0) AS done,
  IFNULL(recorded.failed, 0) AS failed
FROM recent
LEFT JOIN planned
  ON planned.run_id = recent.run_id
LEFT JOIN recorded
  ON recorded.run_id = recent.run_id
ORDER BY recent.started_at DESC
