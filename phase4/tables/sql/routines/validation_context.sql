-- What a validation has to know besides the layers: whether this event was answered before, how the
-- run stands in plan and ledger, what the last snapshot of the same range said, the last heartbeat.
WITH
  known AS (
    SELECT event_id
    FROM `${ops_dataset}.coverage_snapshots`
    -- Pub/Sub keeps no message longer than 31 days.
    WHERE snapshot_date >= DATE_SUB(CURRENT_DATE(), INTERVAL ${snapshot_lookback_days} DAY) AND event_id = wanted_event
    LIMIT 1
  ),

  -- A run is compared with what was there before it began: the figures of its plan.
  before_run AS (
    SELECT
      CONCAT(MAX(run_id), '-plan') AS event_id,
      MIN(planned_at) AS snapshot_at,
      100 * SAFE_DIVIDE(SUM(covered_games), SUM(due_games)) AS coverage_pct,
      SUM(present_games) AS l4_games
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run AND judged_kind != 'range' AND ${of_default_table}
    HAVING COUNT(covered_games) > 0
  ),

  snapshot_before AS (
    SELECT event_id, snapshot_at, coverage_pct, l4_games
    FROM `${ops_dataset}.coverage_snapshots`
    WHERE
      start_date = range_start
      AND end_date = range_end
      AND event_id != wanted_event
      -- What a run found on dates that it was given by name says nothing of those between.
      AND (kind = 'range' OR scope = CONCAT(CAST(start_date AS STRING), '..', CAST(end_date AS STRING)))
    ORDER BY snapshot_at DESC
    LIMIT 1
  ),

  -- One of the two or neither: always one row.
  previous AS (
    SELECT
      ANY_VALUE(event_id) AS event_id,
      ANY_VALUE(snapshot_at) AS snapshot_at,
      ANY_VALUE(coverage_pct) AS coverage_pct,
      ANY_VALUE(l4_games) AS l4_games
    FROM (
      SELECT * FROM before_run
      UNION ALL
      SELECT * FROM snapshot_before
      WHERE NOT EXISTS (SELECT 1 FROM before_run)
    )
  ),

  fates AS (
    ${fates_of_this_run}
  ),

  progress AS (
    SELECT
      -- Before its end a run is judged by what it has finished.
      COUNTIF(
        judged_kind != 'checkpoint' OR status IN ('PUBLISHED', 'UNCHANGED', 'FAILED')
      ) AS planned_dates,
      COUNTIF(status IN ('PUBLISHED', 'UNCHANGED')) AS succeeded_dates,
      -- A date that died has failed, though nobody lived to say so.
      COUNTIF(status = 'FAILED' OR status = 'DIED' AND judged_kind != 'checkpoint') AS failed_dates
    FROM fates
    WHERE judged_kind IN ('run', 'checkpoint') OR judged_kind = 'wave' AND wave <= this_wave
  ),

  clock AS (
    SELECT
      MIN(start_date) AS run_start_date,
      MAX(end_date) AS run_end_date,
      JSON_VALUE_ARRAY(ANY_VALUE(request), '$.dates') AS run_dates,
      JSON_QUERY(ANY_VALUE(request), '$.stages') AS run_stages,
      TIMESTAMP_DIFF(
        COALESCE(MAX(finished_at), CURRENT_TIMESTAMP()), MIN(started_at), MILLISECOND
      ) / 1000 AS elapsed_seconds
    FROM `${ops_dataset}.runs`
    WHERE run_id = this_run AND judged_kind != 'range'
  ),

  heartbeat AS (
    SELECT MAX(beat_at) AS beat_at
    FROM `${ops_dataset}.heartbeats`
    WHERE name = 'weekly-health'
  ),

  first_sign AS (
    SELECT MIN(snapshot_at) AS snapshot_at
    FROM `${ops_dataset}.coverage_snapshots`
  )

SELECT
  EXISTS (SELECT 1 FROM known) AS answered,
  progress.planned_dates,
  progress.succeeded_dates,
  progress.failed_dates,
  clock.run_start_date,
  clock.run_end_date,
  clock.elapsed_seconds,
  clock.run_dates,
  clock.run_stages,
  previous.event_id AS previous_event_id,
  previous.snapshot_at AS previous_at,
  previous.coverage_pct AS previous_coverage_pct,
  previous.l4_games AS previous_l4_games,
  heartbeat.beat_at AS last_heartbeat_at,
  ${heartbeat_overdue} AS heartbeat_overdue
FROM progress
CROSS JOIN clock
CROSS JOIN heartbeat
CROSS JOIN first_sign
CROSS JOIN previous
