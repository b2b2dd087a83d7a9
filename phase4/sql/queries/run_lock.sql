-- Whether a run still holds its lock (state RUNNING), and the workflow execution that leads it.
SELECT state, execution, code_version
FROM `${ops_dataset}.runs`
WHERE run_id = @run_id
