-- Whether a task may go on: see the routine.
SELECT state, execution, code_version, forced, stop
FROM `${ops_dataset}.run_breaker`(@run_id, @wave, @attempt)
