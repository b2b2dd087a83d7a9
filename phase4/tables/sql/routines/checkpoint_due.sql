-- How many dates of a running run are finished, down to a whole number of validate_every: what a snapshot
-- is due for, unless there is one of as many. No row when none is due: the run is young, or has nothing
-- left to do and is looked at as a whole.
WITH
  run AS (
    SELECT
      start_date,
      end_date,
      CAST(JSON_VALUE(request, '$.validate_every') AS INT64) AS validate_every
    FROM `${ops_dataset}.runs`
    WHERE run_id = this_run AND state = 'RUNNING'
  ),

  planned AS (
    SELECT DISTINCT wave, ${filled_table_name} AS table_name, game_date
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run AND action = 'PLANNED'
  ),

  widths AS (
    SELECT wave, COUNT(DISTINCT table_name) AS tables
    FROM planned
    GROUP BY wave
  ),

  recorded AS (
    SELECT DISTINCT wave, ${filled_table_name} AS table_name, game_date
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = this_run AND status != 'SKIPPED'
  ),

  -- Of three tables that are filled at once each counts a third of a date. Thirds are no binary fractions:
  -- what they lack of a whole is given back before the floor.
  finished AS (
    SELECT CAST(FLOOR(IFNULL(SUM(1 / IFNULL(widths.tables, 1)), 0) + 0.000001) AS INT64) AS dates
    FROM recorded
    LEFT JOIN widths
      ON widths.wave = recorded.wave
  ),

  due AS (
    SELECT
      run.start_date,
      run.end_date,
      DIV(finished.dates, run.validate_every) * run.validate_every AS dates
    FROM run
    CROSS JOIN finished
  )

SELECT start_date, end_date, dates, CONCAT(this_run, '-dates-', CAST(dates AS STRING)) AS event_id
FROM due
WHERE
  dates > 0
  AND EXISTS (
    SELECT wave, table_name, game_date FROM planned
    EXCEPT DISTINCT
    SELECT wave, table_name, game_date FROM recorded
  )
  AND CONCAT(this_run, '-dates-', CAST(dates AS STRING)) NOT IN (
    SELECT event_id
    FROM `${ops_dataset}.coverage_snapshots`
    WHERE snapshot_date >= DATE_SUB(CURRENT_DATE(), INTERVAL ${snapshot_lookback_days} DAY) AND run_id = this_run
  )
