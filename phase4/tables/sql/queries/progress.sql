-- How far a run is, from data alone: its row, its plan and its ledger. One row per wave and table, and
-- one with wave NULL for a table of which nothing is planned. Games count as in a snapshot: those that L1
-- confirms. The headline is of the table that was planned last, the factors before others of its stage.
WITH
  dates AS (
    SELECT
      run_id,
      ${filled_table_name} AS table_name,
      due_games,
      covered_games,
      attainable_games,
      forecast_games,
      planned_at
    FROM `${ops_dataset}.plan`
    WHERE run_id = @run_id
  ),

  fates AS (
    ${fates_of_run}
  ),

  waves AS (
    SELECT
      table_name,
      wave,
      ${tally},
      SUM(expected_players) AS players,
      SUM(IF(status IN ('PUBLISHED', 'UNCHANGED', 'FAILED'), expected_players, 0)) AS players_done,
      -- A retry finds unchanged what a killed attempt of the same run has written.
      IFNULL(SUM(IF(status IN ('PUBLISHED', 'UNCHANGED'),
        LEAST(counted_games, forecast_games) - covered_games, 0)), 0) AS games_added,
      COUNT(DISTINCT task) AS tasks,
      MIN(planned_at) AS planned_at,
      MIN(read_at) AS began_at,
      MAX(finished_at) AS recorded_at
    FROM fates
    GROUP BY table_name, wave
  ),

  totals AS (
    SELECT
      run_id,
      table_name,
      ROW_NUMBER() OVER (
        ORDER BY MAX(planned_at) DESC, table_name != '${default_table}', table_name) = 1 AS is_headline,
      ${headline},
      IFNULL(SUM(forecast_games), 0) AS forecast_games,
      COUNT(*) AS range_dates
    FROM dates
    GROUP BY run_id, table_name
  ),

  this_run AS (
    SELECT
      IFNULL(ANY_VALUE(run_id), @run_id) AS run_id,
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
  waves.published,
  waves.unchanged,
  waves.failed,
  waves.skipped,
  waves.died,
  waves.not_started,
  waves.players,
  waves.players_done,
  waves.games_added,
  waves.tasks,
  waves.planned_at,
  waves.began_at,
  waves.recorded_at
FROM this_run
LEFT JOIN totals
  ON totals.run_id = this_run.run_id
LEFT JOIN waves
  ON waves.table_name = totals.table_name
ORDER BY waves.wave, totals.table_name
