-- Alerts that are open: the newest transition of each key, unless it recovered.
WITH
  newest AS (
    SELECT
      alert_key, scope, metric, severity, stage, opened_at, noted_at, value, threshold, message, fix,
      run_id
    FROM `${ops_dataset}.alerts`
    WHERE transition != 'DELIVERED'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_key ORDER BY version DESC) = 1
  )

SELECT *
FROM newest
WHERE severity != 'ok'
ORDER BY severity, opened_at
