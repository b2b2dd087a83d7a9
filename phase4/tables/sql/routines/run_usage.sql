-- What a run has used so far, as JSON text: its tasks by the ledger, the validator by its snapshots,
-- the workflow by BigQuery's list of the caller's own jobs. since: when the run began.
WITH
  -- Each batch says what its attempt had used until then. What a killed one used after it is not known.
  attempts AS (
    SELECT ARRAY_AGG(usage ORDER BY usage.seconds DESC LIMIT 1)[SAFE_OFFSET(0)] AS used
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = this_run
    GROUP BY wave, task, attempt
  ),

  jobs AS (
    SELECT job_id, parent_job_id, statement_type, total_bytes_processed, labels
    FROM `${region}`.INFORMATION_SCHEMA.JOBS_BY_USER
    WHERE
      -- The moment is that of the caller's clock.
      creation_time >= TIMESTAMP_SUB(since, INTERVAL 5 MINUTE)
      AND job_type = 'QUERY'
      AND state = 'DONE'
      AND error_result IS NULL
  ),

  statements AS (
    SELECT job_id, total_bytes_processed
    FROM jobs
    WHERE
      parent_job_id IS NULL
      AND EXISTS (
        SELECT 1 FROM UNNEST(labels) AS label
        WHERE label.key = 'run_id' AND label.value = LOWER(this_run)
      )
      AND EXISTS (
        SELECT 1 FROM UNNEST(labels) AS label
        WHERE label.key = 'component' AND label.value = 'workflow'
      )
  )

SELECT
  TO_JSON_STRING(STRUCT(
    (
      SELECT AS STRUCT
        COUNT(*) AS attempts,
        IFNULL(SUM(used.queries), 0) AS queries,
        IFNULL(SUM(used.load_jobs), 0) AS load_jobs,
        IFNULL(SUM(used.read_sessions), 0) AS read_sessions,
        IFNULL(SUM(used.bytes_processed), 0) AS bytes_processed,
        IFNULL(SUM(used.bytes_read), 0) AS bytes_read,
        IFNULL(SUM(used.bytes_loaded), 0) AS bytes_loaded,
        IFNULL(SUM(used.seconds), 0) AS seconds
      FROM attempts
    ) AS tasks,
    (
      SELECT AS STRUCT
        COUNT(*) AS snapshots,
        IFNULL(SUM(queries), 0) AS queries,
        IFNULL(SUM(load_jobs), 0) AS load_jobs,
        IFNULL(SUM(bytes_processed), 0) AS bytes_processed,
        IFNULL(SUM(duration_seconds), 0) AS seconds
      FROM `${ops_dataset}.coverage_snapshots`
      WHERE snapshot_date >= DATE(since) AND run_id = this_run
    ) AS validator,
    (
      SELECT AS STRUCT
        -- Two are not in the list yet: this one, and the one that closes the run, an UPDATE in it.
        COUNT(*) + 2 AS queries,
        IFNULL(SUM(total_bytes_processed), 0) AS bytes_processed,
        (
          SELECT COUNT(*) + 1
          FROM jobs
          WHERE
            statement_type IN ('INSERT', 'UPDATE', 'DELETE', 'MERGE')
            AND parent_job_id IN (SELECT job_id FROM statements)
        ) AS dml_statements
      FROM statements
    ) AS workflow
  )) AS usage;
