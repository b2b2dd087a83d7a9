-- Alerts of validations over one date: the newest transition of each.
WITH
  newest AS (
    SELECT alert_key, metric, transition, severity, noted_at, message, fix, event_id
    FROM `${ops_dataset}.alerts`
    WHERE transition != 'DELIVERED'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_key ORDER BY version DESC) = 1
  ),

  over_the_date AS (
    SELECT DISTINCT event_id
    FROM `${ops_dataset}.coverage_snapshots`
    WHERE snapshot_date >= DATE '2000-01-01' AND @game_date BETWEEN start_date AND end_date
  )

SELECT newest.* EXCEPT (event_id)
FROM newest
JOIN over_the_date
  ON over_the_date.event_id = newest.event_id
ORDER BY newest.noted_at DESC
