-- Renews the lease of a run after a wave and returns what the ledger says of the wave.
UPDATE `${ops_dataset}.runs`
SET lease_expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL lease_seconds SECOND)
WHERE run_id = this_run AND state = 'RUNNING';

SELECT
  runs.state,
  outcome.planned,
  outcome.published,
  outcome.unchanged,
  outcome.failed,
  outcome.failure_rate,
  outcome.failures,
  outcome.task_usage
FROM `${ops_dataset}.wave_outcome`(this_run, this_wave) AS outcome
CROSS JOIN (SELECT state FROM `${ops_dataset}.runs` WHERE run_id = this_run) AS runs;
