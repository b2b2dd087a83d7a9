-- The last transition of every alert, whether it was delivered, and the version of its scope's alerts.
WITH
  transitions AS (
    SELECT
      alert_key, scope, metric, severity, stage, opened_at, noted_at, version, value, part, whole,
      threshold, message, fix, run_id, opened_value, opened_part, opened_whole, start_date, end_date,
      dates,
      IFNULL(acknowledged, FALSE) AS acknowledged, snoozed_until,
      -- Who notes something about an alert knows it: there is nobody to tell.
      transition IN ('ACKNOWLEDGED', 'SNOOZED') AS is_note,
      MAX(version) OVER (PARTITION BY scope) AS scope_version,
      -- The figures of a message stay those of its moment: what is told once is not told again.
      MAX(IF(transition IN ('ACKNOWLEDGED', 'SNOOZED'), NULL, noted_at))
        OVER (PARTITION BY alert_key) AS measured_at
    FROM `${ops_dataset}.alerts`
    WHERE transition != 'DELIVERED'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_key ORDER BY version DESC) = 1
  ),

  delivered AS (
    SELECT DISTINCT alert_key, version
    FROM `${ops_dataset}.alerts`
    WHERE transition = 'DELIVERED'
  )

SELECT
  transitions.* EXCEPT (version, is_note),
  transitions.is_note OR delivered.version IS NOT NULL AS delivered
FROM transitions
LEFT JOIN delivered
  ON delivered.alert_key = transitions.alert_key
  AND delivered.version = transitions.version
-- One snapshot opens several alerts at one moment.
ORDER BY transitions.severity, transitions.opened_at, transitions.alert_key
