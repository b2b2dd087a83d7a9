-- Alerts of validations over one date: the newest transition of each. Dates that a run was given by name
-- are not those between.
SELECT alert_key, metric, transition, severity, noted_at, message, fix
FROM `${ops_dataset}.alerts`
WHERE
  transition != 'DELIVERED'
  AND @game_date BETWEEN start_date AND end_date
  AND (ARRAY_LENGTH(dates) = 0 OR @game_date IN UNNEST(dates))
QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_key ORDER BY version DESC) = 1
ORDER BY noted_at DESC, alert_key
