-- The last transition of every alert of a scope, whether it was delivered, and the scope's version.
WITH
  transitions AS (
    SELECT alert_key, metric, severity, stage, opened_at, noted_at, version
    FROM `${ops_dataset}.alerts`
    WHERE scope = @scope AND transition != 'DELIVERED'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_key ORDER BY version DESC) = 1
  ),

  delivered AS (
    SELECT DISTINCT alert_key, version
    FROM `${ops_dataset}.alerts`
    WHERE scope = @scope AND transition = 'DELIVERED'
  )

SELECT
  transitions.metric,
  transitions.severity,
  transitions.stage,
  transitions.opened_at,
  transitions.noted_at,
  delivered.version IS NOT NULL AS delivered,
  MAX(transitions.version) OVER () AS scope_version
FROM transitions
LEFT JOIN delivered
  ON delivered.alert_key = transitions.alert_key
  AND delivered.version = transitions.version
