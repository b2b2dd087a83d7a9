-- What the ledger says of some waves of a run: the newest outcome of each planned date, and what the
-- tasks used. A planned date without an outcome counts as failed.
WITH
  planned AS (
    SELECT game_date, task
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run AND wave BETWEEN first_wave AND last_wave AND action = 'PLANNED'
  ),

  newest AS (
    SELECT game_date, status, reason
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = this_run AND wave BETWEEN first_wave AND last_wave
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  judged AS (
    SELECT
      planned.game_date,
      IFNULL(newest.status, 'FAILED') AS status,
      CASE
        WHEN newest.status IS NULL THEN CONCAT(
          'no outcome was recorded; the log of task ', CAST(planned.task AS STRING), ' says why')
        ELSE newest.reason
      END AS reason
    FROM planned
    LEFT JOIN newest
      ON newest.game_date = planned.game_date
  ),

  -- All rows of an attempt carry its usage. An attempt that died before its ledger is not known.
  attempts AS (
    SELECT ANY_VALUE(usage) AS used
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = this_run AND wave BETWEEN first_wave AND last_wave
    GROUP BY wave, task, attempt
  )

SELECT
  COUNT(*) AS planned,
  COUNTIF(status = 'PUBLISHED') AS published,
  COUNTIF(status = 'UNCHANGED') AS unchanged,
  COUNTIF(status = 'FAILED') AS failed,
  IFNULL((
    SELECT CONCAT(
      STRING_AGG(
        CONCAT(CAST(game_date AS STRING), ': ', IFNULL(reason, 'no reason was recorded')), '; '
        ORDER BY game_date LIMIT 20),
      IF(COUNT(*) > 20, FORMAT('; and %d more', COUNT(*) - 20), ''))
    FROM judged
    WHERE status = 'FAILED'
  ), '') AS failures,
  (
    SELECT STRUCT(
      COUNT(*) AS attempts,
      IFNULL(SUM(used.queries), 0) AS queries,
      IFNULL(SUM(used.load_jobs), 0) AS load_jobs,
      IFNULL(SUM(used.read_sessions), 0) AS read_sessions,
      IFNULL(SUM(used.bytes_processed), 0) AS bytes_processed,
      IFNULL(SUM(used.bytes_read), 0) AS bytes_read,
      IFNULL(SUM(used.bytes_loaded), 0) AS bytes_loaded,
      IFNULL(SUM(used.seconds), 0) AS seconds
    )
    FROM attempts
  ) AS task_usage
FROM judged
