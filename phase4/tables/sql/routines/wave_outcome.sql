-- What the ledger says of some waves of a run: the newest outcome of each planned date of a table. A
-- planned date without an outcome counts as failed; one that was left on purpose is skipped.
WITH
  planned AS (
    SELECT ${filled_table_name} AS table_name, game_date, task
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run AND wave BETWEEN first_wave AND last_wave AND action = 'PLANNED'
  ),

  newest AS (
    SELECT ${filled_table_name} AS table_name, game_date, status, reason
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = this_run AND wave BETWEEN first_wave AND last_wave
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY ${filled_table_name}, game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  judged AS (
    SELECT
      planned.game_date,
      newest.status IS NULL AS is_dead,
      IFNULL(newest.status, 'FAILED') AS status,
      CASE
        WHEN newest.status IS NULL THEN CONCAT(
          'no outcome was recorded, the log of task ', CAST(planned.task AS STRING), ' says why')
        ELSE newest.reason
      END AS reason
    FROM planned
    LEFT JOIN newest
      ON newest.table_name = planned.table_name
      AND newest.game_date = planned.game_date
  ),

  reasons AS (
    SELECT
      IFNULL(reason, 'no reason was recorded') AS reason,
      MIN(game_date) AS first_date,
      COUNT(*) AS dates,
      STRING_AGG(CAST(game_date AS STRING), ', ' ORDER BY game_date LIMIT 20) AS named
    -- A date that failed in several tables is one date.
    FROM (SELECT DISTINCT game_date, reason FROM judged WHERE status = 'FAILED')
    GROUP BY 1
  )

SELECT
  COUNT(*) AS planned,
  COUNTIF(status = 'PUBLISHED') AS published,
  COUNTIF(status = 'UNCHANGED') AS unchanged,
  COUNTIF(status = 'FAILED') AS failed,
  COUNTIF(is_dead) AS died,
  COUNTIF(status = 'SKIPPED') AS skipped,
  IFNULL(MAX(IF(status = 'SKIPPED', reason, NULL)), '') AS skipped_because,
  IFNULL((
    SELECT CONCAT(
      STRING_AGG(
        CONCAT(named, IF(dates > 20, FORMAT(' and %d more', dates - 20), ''), ': ', reason),
        '; ' ORDER BY first_date, reason LIMIT 20),
      IF(COUNT(*) > 20, FORMAT('; and %d more reasons', COUNT(*) - 20), ''))
    FROM reasons
  ), '') AS failures
FROM judged
