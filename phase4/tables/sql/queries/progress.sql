-- How far a run is, from data alone: its row, its plan and its ledger. One row per wave and table, and
-- one with wave NULL for a table of which nothing is planned. Games count as in a snapshot: those that L1
-- confirms. The headline is of the table that was planned last.
WITH
  dates AS (
    SELECT
      ${filled_table_name} AS table_name,
      game_date,
      action,
      wave,
      task,
      expected_players,
      due_games,
      covered_games,
      attainable_games,
      forecast_games,
      planned_at
    FROM `${ops_dataset}.plan`
    WHERE run_id = @run_id
  ),

  newest AS (
    SELECT
      ${filled_table_name} AS table_name, game_date, status, counted_games, read_at, finished_at
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = @run_id
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY ${filled_table_name}, game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  waves AS (
    SELECT
      dates.table_name,
      dates.wave,
      COUNT(*) AS planned,
      COUNTIF(newest.status IN ('PUBLISHED', 'UNCHANGED')) AS done,
      COUNTIF(newest.status = 'UNCHANGED') AS unchanged,
      COUNTIF(newest.status = 'FAILED') AS failed,
      SUM(dates.expected_players) AS players,
      SUM(IF(IFNULL(newest.status, 'SKIPPED') = 'SKIPPED', 0, dates.expected_players))
        AS players_done,
      SUM(IF(newest.status = 'PUBLISHED',
        LEAST(newest.counted_games, dates.forecast_games) - dates.covered_games, 0)) AS games_added,
      COUNT(DISTINCT dates.task) AS tasks,
      MIN(dates.planned_at) AS planned_at,
      MIN(newest.read_at) AS began_at,
      MAX(newest.finished_at) AS recorded_at
    FROM dates
    LEFT JOIN newest
      ON newest.table_name = dates.table_name
      AND newest.game_date = dates.game_date
    WHERE dates.action = 'PLANNED'
    GROUP BY dates.table_name, dates.wave
  ),

  totals AS (
    SELECT
      table_name,
      ROW_NUMBER() OVER (ORDER BY MAX(planned_at) DESC, table_name) = 1 AS is_headline,
      ${headline},
      IFNULL(SUM(forecast_games), 0) AS forecast_games,
      COUNT(*) AS range_dates
    FROM dates
    GROUP BY table_name
  ),

  this_run AS (
    SELECT
      ANY_VALUE(kind) AS kind,
      IFNULL(ANY_VALUE(state), '') AS state,
      ANY_VALUE(start_date) AS start_date,
      ANY_VALUE(end_date) AS end_date,
      ANY_VALUE(started_at) AS started_at,
      ANY_VALUE(finished_at) AS finished_at
    FROM `${ops_dataset}.runs`
    WHERE run_id = @run_id
  )

SELECT
  this_run.kind,
  this_run.state,
  this_run.start_date,
  this_run.end_date,
  this_run.started_at,
  this_run.finished_at,
  CURRENT_TIMESTAMP() AS looked_at,
  totals.table_name,
  IFNULL(totals.is_headline, TRUE) AS is_headline,
  IFNULL(totals.due_games, 0) AS due_games,
  IFNULL(totals.covered_games, 0) AS covered_before,
  IFNULL(totals.forecast_games, 0) AS forecast_games,
  IFNULL(totals.attainable_games, 0) AS attainable_games,
  IFNULL(totals.range_dates, 0) AS range_dates,
  waves.wave,
  waves.planned,
  waves.done,
  waves.unchanged,
  waves.failed,
  waves.players,
  waves.players_done,
  waves.games_added,
  waves.tasks,
  waves.planned_at,
  waves.began_at,
  waves.recorded_at
FROM this_run
LEFT JOIN totals
  ON TRUE
LEFT JOIN waves
  ON waves.table_name = totals.table_name
ORDER BY waves.wave, totals.table_name
