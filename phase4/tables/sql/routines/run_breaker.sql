-- Whether a run may go on: asked by its tasks before every batch of dates, and by its workflow after
-- every wave. `stop` says what forbids it, '' when nothing does; state is NULL for a run that was never
-- opened. Failures count that are left by tries as late as this_attempt: what an earlier try left is
-- being tried again. They are judged against validate_every dates at least: a failure among the first few
-- says little of a rate, and costs the other dates of a small run nothing.
WITH
  run AS (
    SELECT
      ANY_VALUE(state) AS state,
      ANY_VALUE(execution) AS execution,
      ANY_VALUE(code_version) AS code_version,
      IFNULL(ANY_VALUE(CAST(JSON_VALUE(request, '$.force') AS BOOL)), FALSE) AS forced,
      ANY_VALUE(CAST(JSON_VALUE(request, '$.validate_every') AS INT64)) AS validate_every,
      IFNULL(ANY_VALUE(JSON_VALUE(request, '$.max_failure_rate')), '1') AS max_failure_rate
    FROM `${ops_dataset}.runs`
    WHERE run_id = this_run
  ),

  newest AS (
    SELECT status, attempt
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = this_run AND wave = this_wave AND status != 'SKIPPED'
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY ${filled_table_name}, game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  finished AS (
    SELECT
      COUNT(*) AS dates,
      COUNTIF(status = 'FAILED' AND attempt >= this_attempt) AS failed
    FROM newest
  ),

  unsound AS (
    SELECT
      STRING_AGG(
        CONCAT(${check_label}, ' (', checked.detail, ')'), '; '
        ORDER BY checked.name, checked.subject LIMIT 5) AS errors
    FROM `${ops_dataset}.coverage_snapshots` AS snapshot
    CROSS JOIN UNNEST(snapshot.checks) AS checked
    WHERE
      snapshot.snapshot_date >= DATE_SUB(CURRENT_DATE(), INTERVAL ${snapshot_lookback_days} DAY)
      AND snapshot.run_id = this_run
      AND checked.outcome = 'failed'
      AND checked.severity = 'error'
  )

SELECT
  run.state,
  run.execution,
  run.code_version,
  run.forced,
  run.max_failure_rate,
  CASE
    WHEN run.state IS NULL THEN FORMAT('run %s was never opened', this_run)
    WHEN run.state != 'RUNNING' THEN FORMAT('run %s is %s', this_run, run.state)
    WHEN unsound.errors IS NOT NULL
      THEN CONCAT('a snapshot of the run has an error: ', unsound.errors)
    WHEN
      finished.failed > CAST(run.max_failure_rate AS FLOAT64)
        * GREATEST(finished.dates, IFNULL(run.validate_every, 1))
      THEN FORMAT('wave %d failed on %d of %d dates, more than max_failure_rate %s',
        this_wave, finished.failed, finished.dates, run.max_failure_rate)
    ELSE ''
  END AS stop
FROM finished
CROSS JOIN unsound
CROSS JOIN run
