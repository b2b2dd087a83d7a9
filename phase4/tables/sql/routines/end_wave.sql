-- Renews the lease of a run after a wave and returns what the ledger says of the wave; in `done`, as
-- JSON text, what it says of the run so far.
UPDATE `${ops_dataset}.runs`
SET lease_expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL lease_seconds SECOND)
WHERE run_id = this_run AND state = 'RUNNING';

SELECT
  runs.state,
  outcome.planned,
  outcome.failed,
  outcome.failures,
  TO_JSON_STRING(STRUCT(
    so_far.published + so_far.unchanged AS succeeded,
    so_far.unchanged AS unchanged,
    so_far.failed AS failed,
    so_far.failures AS failures
  )) AS done
FROM `${ops_dataset}.wave_outcome`(this_run, this_wave, this_wave) AS outcome
CROSS JOIN `${ops_dataset}.wave_outcome`(this_run, 0, this_wave) AS so_far
CROSS JOIN (SELECT state FROM `${ops_dataset}.runs` WHERE run_id = this_run) AS runs;
