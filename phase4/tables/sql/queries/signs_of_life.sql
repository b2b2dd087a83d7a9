-- The last weekly health run, whether it is overdue, and messages refused in the last week.
WITH
  heartbeat AS (
    SELECT
      MAX(beat_at) AS beat_at,
      ANY_VALUE(verdict) AS verdict,
      ANY_VALUE(detail) AS detail
    FROM (
      SELECT beat_at, verdict, detail
      FROM `${ops_dataset}.heartbeats`
      WHERE name = 'weekly-health'
      ORDER BY beat_at DESC
      LIMIT 1
    )
  ),

  first_sign AS (
    SELECT MIN(snapshot_at) AS snapshot_at
    FROM `${ops_dataset}.coverage_snapshots`
  ),

  refused AS (
    SELECT COUNT(*) AS messages
    FROM `${ops_dataset}.rejected_events`
    WHERE received_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY)
  )

SELECT
  heartbeat.beat_at,
  heartbeat.verdict,
  heartbeat.detail,
  ${heartbeat_overdue} AS overdue,
  refused.messages AS rejected_events
FROM first_sign
CROSS JOIN refused
CROSS JOIN heartbeat
