-- Notes that a wave has ended, renews the lease of its run and returns what the ledger says of the wave; in `done`, as
-- JSON text, what it says of the run so far. `stop` says why no other wave may follow, '' when one may.
UPDATE `${ops_dataset}.runs`
SET
  last_wave = GREATEST(IFNULL(last_wave, 0), this_wave),
  lease_expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL lease_seconds SECOND)
WHERE run_id = this_run AND state = 'RUNNING';

SELECT
  outcome.planned,
  outcome.failed,
  outcome.failures,
  CASE
    WHEN outcome.skipped > 0 THEN FORMAT('%d of the %d dates of wave %d were %s',
      outcome.skipped, outcome.planned, this_wave, outcome.skipped_because)
    WHEN breaker.stop != '' THEN breaker.stop
    WHEN outcome.failed > CAST(breaker.max_failure_rate AS FLOAT64) * outcome.planned
      THEN FORMAT('wave %d failed on %d of %d dates, more than max_failure_rate %s',
        this_wave, outcome.failed, outcome.planned, breaker.max_failure_rate)
    ELSE ''
  END AS stop,
  TO_JSON_STRING(STRUCT(
    so_far.published + so_far.unchanged AS succeeded,
    so_far.unchanged AS unchanged,
    so_far.failed - so_far.died AS failed,
    so_far.died AS died,
    so_far.skipped AS skipped,
    so_far.failures AS failures
  )) AS done
FROM `${ops_dataset}.wave_outcome`(this_run, this_wave, this_wave) AS outcome
CROSS JOIN `${ops_dataset}.wave_outcome`(this_run, 0, this_wave) AS so_far
CROSS JOIN `${ops_dataset}.run_breaker`(this_run, this_wave, 0) AS breaker;
