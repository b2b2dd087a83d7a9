-- Ends a run and with it the lock. A run that lost its lock keeps the state it was given.
UPDATE `${ops_dataset}.runs`
SET
  state = end_state,
  error = NULLIF(end_error, ''),
  summary = end_summary,
  finished_at = CURRENT_TIMESTAMP()
WHERE run_id = this_run AND state = 'RUNNING';

SELECT state FROM `${ops_dataset}.runs` WHERE run_id = this_run;
