-- One run with what it was asked and what it stored at its end.
SELECT
  run_id,
  kind,
  state,
  trigger,
  owner,
  purpose,
  target_table,
  ARRAY_TO_STRING(${request_tables}, ', ') AS filled_tables,
  start_date,
  end_date,
  execution,
  started_at,
  lease_expires_at,
  finished_at,
  error,
  code_version,
  request,
  summary
FROM `${ops_dataset}.runs`
WHERE run_id = @run_id
