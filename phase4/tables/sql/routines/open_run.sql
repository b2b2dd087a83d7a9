-- Registers a run and takes the lock: no other running run on the same target may overlap its range.
-- run_request: the checked arguments as JSON text. dead_run: a run known to be dead or to be taken over
-- ('' for none), ended here as ended_as. Returns whether the lock was taken, who holds it, and which of
-- this run's tables the holder fills; where it fills none of them, which it does.
-- May be called again for the same run.
--
-- The lock is the row in state RUNNING. Only the second UPDATE grants it: BigQuery lets one of two
-- concurrent UPDATEs of a table win and re-evaluates the other or has it retried.
UPDATE `${ops_dataset}.runs`
SET
  state = ended_as,
  finished_at = CURRENT_TIMESTAMP(),
  error = CONCAT('ended by run ', this_run)
WHERE state = 'RUNNING' AND run_id = dead_run AND run_id != this_run;

INSERT INTO `${ops_dataset}.runs` (
  run_id, kind, state, trigger, owner, purpose, target_table, start_date, end_date, request,
  execution, started_at, lease_expires_at, code_version
)
SELECT
  this_run,
  IFNULL(JSON_VALUE(run_request, '$.kind'), 'backfill'),
  'WAITING',
  JSON_VALUE(run_request, '$.trigger'),
  JSON_VALUE(run_request, '$.owner'),
  JSON_VALUE(run_request, '$.purpose'),
  JSON_VALUE(run_request, '$.target_table'),
  CAST(JSON_VALUE(run_request, '$.start_date') AS DATE),
  CAST(JSON_VALUE(run_request, '$.end_date') AS DATE),
  run_request,
  JSON_VALUE(run_request, '$.execution'),
  CURRENT_TIMESTAMP(),
  TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL lease_seconds SECOND),
  JSON_VALUE(run_request, '$.code_version')
FROM (SELECT 1)
WHERE NOT EXISTS (SELECT 1 FROM `${ops_dataset}.runs` AS known WHERE known.run_id = this_run);

UPDATE `${ops_dataset}.runs`
SET
  state = 'RUNNING',
  finished_at = NULL,
  lease_expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL lease_seconds SECOND)
WHERE
  run_id = this_run
  AND state IN ('WAITING', 'REFUSED')
  AND NOT EXISTS (
    SELECT 1
    FROM `${ops_dataset}.runs` AS holder
    WHERE
      holder.state = 'RUNNING'
      AND holder.run_id != this_run
      AND holder.target_table = JSON_VALUE(run_request, '$.target_table')
      AND holder.start_date <= CAST(JSON_VALUE(run_request, '$.end_date') AS DATE)
      AND holder.end_date >= CAST(JSON_VALUE(run_request, '$.start_date') AS DATE)
  );

UPDATE `${ops_dataset}.runs`
SET state = 'REFUSED', finished_at = CURRENT_TIMESTAMP()
WHERE run_id = this_run AND state = 'WAITING';

SELECT
  this.state = 'RUNNING' AS acquired,
  IFNULL(holder.run_id, '') AS holder_run,
  IFNULL(holder.execution, '') AS holder_execution,
  IFNULL(holder.lease_expires_at < CURRENT_TIMESTAMP(), FALSE) AS lease_expired,
  COALESCE(
    NULLIF(
      ARRAY_TO_STRING(ARRAY(
        SELECT name
        FROM UNNEST(holder.asked) AS name WITH OFFSET AS place
        WHERE name IN UNNEST(this.asked)
        ORDER BY place
      ), ', '),
      ''),
    ARRAY_TO_STRING(holder.asked, ', '),
    '') AS holder_tables
FROM (
  SELECT *, ${request_tables} AS asked
  FROM `${ops_dataset}.runs`
) AS this
LEFT JOIN (
  SELECT *, ${request_tables} AS asked
  FROM `${ops_dataset}.runs`
) AS holder
  ON holder.state = 'RUNNING'
  AND holder.run_id != this_run
  AND holder.target_table = this.target_table
  AND holder.start_date <= this.end_date
  AND holder.end_date >= this.start_date
WHERE this.run_id = this_run
ORDER BY holder.started_at
LIMIT 1;
