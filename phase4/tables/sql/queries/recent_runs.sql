-- The last runs with what became of their dates, newest first.
WITH
  recent AS (
    ${recent_runs}
  ),

  fates AS (
    ${fates_of_recent_runs}
  ),

  counted AS (
    SELECT
      run_id,
      ${tally}
    FROM fates
    GROUP BY run_id
  )

SELECT
  recent.run_id,
  recent.kind,
  recent.state,
  recent.owner,
  recent.purpose,
  recent.trigger,
  recent.target_table,
  ARRAY_TO_STRING(${request_tables}, ', ') AS filled_tables,
  recent.start_date,
  recent.end_date,
  recent.started_at,
  recent.finished_at,
  recent.lease_expires_at,
  recent.lease_expires_at < CURRENT_TIMESTAMP() AS lease_expired,
  recent.error,
  IFNULL(counted.planned, 0) AS planned,
  IFNULL(counted.published, 0) AS published,
  IFNULL(counted.unchanged, 0) AS unchanged,
  IFNULL(counted.failed, 0) AS failed,
  IFNULL(counted.skipped, 0) AS skipped,
  IFNULL(counted.died, 0) AS died,
  IFNULL(counted.not_started, 0) AS not_started
FROM recent
LEFT JOIN counted
  ON counted.run_id = recent.run_id
ORDER BY recent.started_at DESC
