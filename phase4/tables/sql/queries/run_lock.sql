-- Whether a run still holds its lock (state RUNNING), the workflow execution that leads it, and
-- whether it was told to write what is equal too.
SELECT
  state,
  execution,
  code_version,
  IFNULL(CAST(JSON_VALUE(request, '$.force') AS BOOL), FALSE) AS forced
FROM `${ops_dataset}.runs`
WHERE run_id = @run_id
