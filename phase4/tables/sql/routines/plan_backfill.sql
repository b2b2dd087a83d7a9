-- Writes the immutable plan of a run for the tables that it fills at once, and returns it as one
-- aggregated row. A dry run writes nothing. Planned + skipped = range for each table, or the statement
-- fails. A second call for the same run and tables plans nothing new.
${asked}

${filled_statuses}
CREATE OR REPLACE TEMP TABLE drafted AS
${plan_rows};

INSERT INTO `${ops_dataset}.plan` (
  run_id, game_date, action, state, reason, wave, task,
  expected_games, expected_players, l1_games, present_games, covered_games, due_games,
  forecast_games, attainable_games, games, removable_rows, accepts_loss, planned_at, table_name
)
SELECT
  this_run, game_date, action, state, reason, wave, task,
  expected_games, expected_players, l1_games, present_games, covered_games, due_games,
  forecast_games, attainable_games, games, removable_rows, accepts_loss, CURRENT_TIMESTAMP(),
  table_name
FROM drafted
WHERE
  NOT CAST(JSON_VALUE(request, '$.dry_run') AS BOOL)
  AND NOT EXISTS (
    SELECT 1
    FROM `${ops_dataset}.plan` AS earlier
    WHERE
      earlier.run_id = this_run
      AND earlier.table_name IN UNNEST(JSON_VALUE_ARRAY(request, '$.tables'))
  );

CREATE OR REPLACE TEMP TABLE planned AS
SELECT
  table_name, game_date, action, state, reason, wave, task,
  expected_games, expected_players, l1_games, covered_games, due_games, forecast_games,
  attainable_games
FROM `${ops_dataset}.plan`
WHERE
  run_id = this_run
  AND table_name IN UNNEST(JSON_VALUE_ARRAY(request, '$.tables'))
  AND NOT CAST(JSON_VALUE(request, '$.dry_run') AS BOOL)
UNION ALL
SELECT
  table_name, game_date, action, state, reason, wave, task,
  expected_games, expected_players, l1_games, covered_games, due_games, forecast_games,
  attainable_games
FROM drafted
WHERE CAST(JSON_VALUE(request, '$.dry_run') AS BOOL);

CREATE OR REPLACE TEMP TABLE shards AS
SELECT
  wave,
  task,
  COUNT(*) AS dates,
  SUM(expected_players) AS players,
  MIN(game_date) AS first_date,
  MAX(game_date) AS last_date
FROM planned
WHERE action = 'PLANNED'
GROUP BY wave, task;

-- From the first of October before the range: a task reads its seasons from their openers on.
CREATE OR REPLACE TEMP TABLE weights AS
SELECT game_date, look_bytes, task_bytes
FROM `${ops_dataset}.layer_bytes`(${first_asked_season_start}, last_asked);

WITH
  due AS (
    SELECT IF(
      ARRAY_LENGTH(JSON_VALUE_ARRAY(request, '$.dates')) = 0,
      DATE_DIFF(last_asked, first_asked, DAY) + 1,
      ARRAY_LENGTH(JSON_VALUE_ARRAY(request, '$.dates'))
    ) * ARRAY_LENGTH(JSON_VALUE_ARRAY(request, '$.tables')) AS dates
  ),

  totals AS (
    SELECT
      COUNT(DISTINCT CONCAT(table_name, CAST(game_date AS STRING))) AS distinct_dates,
      COUNTIF(action = 'PLANNED') AS planned_dates,
      COUNTIF(action = 'SKIPPED') AS skipped_dates,
      COUNTIF(action = 'SKIPPED' AND state = 'COMPLETE') AS dates_already_done,
      IFNULL(SUM(IF(action = 'PLANNED', expected_games, 0)), 0) AS planned_games,
      IFNULL(SUM(IF(action = 'PLANNED', expected_players, 0)), 0) AS planned_players
    FROM planned
  ),

  waves AS (
    SELECT wave, COUNT(*) AS tasks, SUM(dates) AS dates, SUM(players) AS players
    FROM shards
    GROUP BY wave
  ),

  tables AS (
    SELECT
      table_name,
      COUNTIF(action = 'PLANNED') AS planned_dates,
      COUNTIF(action = 'SKIPPED') AS skipped_dates,
      IFNULL(SUM(IF(action = 'PLANNED', expected_games, 0)), 0) AS planned_games,
      IFNULL(SUM(IF(action = 'PLANNED', expected_players, 0)), 0) AS planned_rows,
      IFNULL(SUM(l1_games), 0) AS l1_games,
      ${headline},
      IFNULL(SUM(forecast_games), 0) AS forecast_games
    FROM planned
    GROUP BY table_name
  ),

  -- The games of several tables are the same games: their sum says nothing.
  headline AS (
    SELECT
      ARRAY_AGG(
        STRUCT(
          l1_games AS l1_games, due_games AS due_games, covered_games AS covered_games,
          forecast_games AS forecast_games, attainable_games AS attainable_games)
        ORDER BY table_name != '${default_table}', table_name
        LIMIT 1)[SAFE_OFFSET(0)] AS of_table
    FROM tables
  ),

  states AS (
    SELECT
      table_name,
      state,
      action,
      COUNT(*) AS dates,
      SUM(l1_games) AS l1_games,
      SUM(expected_games) AS expected_games,
      SUM(expected_players) AS expected_players,
      STRING_AGG(CAST(game_date AS STRING), ' ' ORDER BY game_date) AS game_dates,
      IF(
        state IN (${blocked_states}),
        STRING_AGG(
          CONCAT(CAST(game_date AS STRING), ': ', reason), '; ' ORDER BY game_date LIMIT 20),
        '') AS blocked_by
    FROM planned
    GROUP BY table_name, state, action
  ),

  -- The shards of this plan next to those of the last runs, whose pace it is expected to keep.
  compared AS (
    SELECT this_run AS run_id, CAST(NULL AS FLOAT64) AS seconds, wave, dates, players
    FROM shards
    UNION ALL
    SELECT run_id, seconds, wave, dates, players
    FROM `${ops_dataset}.past_shards`(${calibration_runs})
  ),

  -- The canary goes before the others, shards side by side.
  modelled_waves AS (
    SELECT
      run_id,
      ANY_VALUE(seconds) AS seconds,
      ${wave_seconds} + MAX(dates * ${date_seconds} + players * ${player_seconds})
        AS modelled_seconds
    FROM compared
    GROUP BY run_id, wave
  ),

  -- A run starts once, with its first stage.
  starting AS (
    SELECT IF(CAST(JSON_VALUE(request, '$.first_wave') AS INT64) = 0, ${run_seconds}, 0) AS seconds
  ),

  modelled_runs AS (
    SELECT
      run_id,
      ANY_VALUE(modelled_waves.seconds) AS seconds,
      IF(run_id = this_run, starting.seconds, ${run_seconds}) + SUM(modelled_seconds)
        AS modelled_seconds
    FROM modelled_waves
    CROSS JOIN starting
    GROUP BY run_id, starting.seconds
  ),

  timed AS (
    SELECT
      COUNTIF(run_id != this_run) AS calibrated_by,
      IFNULL(
        SUM(seconds) / SUM(IF(run_id != this_run, modelled_seconds, NULL)),
        1
      ) AS pace,
      IFNULL(
        MAX(IF(run_id = this_run, modelled_seconds, NULL)),
        (SELECT seconds FROM starting)
      ) AS modelled_seconds
    FROM modelled_runs
  ),

  histories AS (
    SELECT planned.wave, planned.task, seasons.opener, MAX(planned.game_date) AS last_date
    FROM planned
    JOIN `${seasons}` AS seasons
      ON seasons.season_year = ${season_of_date}
    WHERE planned.action = 'PLANNED'
    GROUP BY planned.wave, planned.task, seasons.opener
  ),

  -- The plan looks once; the validations behind the canary, at the checkpoints and at the end look again.
  looked AS (
    SELECT
      (1 + ${scans_per_validation} * (
        1
        + (SELECT GREATEST(COUNT(*) - 1, 0) FROM waves)
        + (
          SELECT DIV(planned_dates, CAST(JSON_VALUE(request, '$.validate_every') AS INT64))
          FROM totals)
      )) * IFNULL(SUM(look_bytes), 0) AS bytes_scanned
    FROM weights
    WHERE game_date >= first_asked
  ),

  studied AS (
    SELECT IFNULL(SUM(weights.task_bytes), 0) AS bytes_read
    FROM histories
    JOIN weights
      ON weights.game_date BETWEEN histories.opener AND histories.last_date
  )

SELECT
  -- Asserted here, so that no caller can forget it.
  IF(
    totals.planned_dates + totals.skipped_dates = due.dates AND totals.distinct_dates = due.dates,
    due.dates,
    ERROR(FORMAT('plan: %d planned + %d skipped dates do not make the %d dates asked for',
      totals.planned_dates, totals.skipped_dates, due.dates))
  ) AS dates,
  totals.planned_dates,
  totals.skipped_dates,
  totals.dates_already_done,
  totals.planned_games,
  totals.planned_players,
  headline.of_table.l1_games,
  headline.of_table.due_games,
  headline.of_table.covered_games,
  headline.of_table.forecast_games,
  headline.of_table.attainable_games,
  100 * SAFE_DIVIDE(headline.of_table.covered_games, headline.of_table.due_games) AS coverage_pct,
  100 * SAFE_DIVIDE(headline.of_table.forecast_games, headline.of_table.due_games) AS forecast_pct,
  100 * SAFE_DIVIDE(headline.of_table.attainable_games, headline.of_table.due_games) AS ceiling_pct,
  (
    SELECT TO_JSON_STRING(IFNULL(ARRAY_AGG(
      STRUCT(
        wave AS wave,
        wave = CAST(JSON_VALUE(request, '$.first_wave') AS INT64) AS is_canary,
        tasks AS tasks, dates AS dates, players AS players)
      ORDER BY wave), []))
    FROM waves
  ) AS waves_json,
  (
    SELECT TO_JSON_STRING(IFNULL(ARRAY_AGG(
      STRUCT(
        wave AS wave, task AS task, dates AS dates, players AS players,
        first_date AS first_date, last_date AS last_date)
      ORDER BY wave, task), []))
    FROM shards
  ) AS shards_json,
  (
    SELECT TO_JSON_STRING(ARRAY_AGG(
      STRUCT(
        table_name AS table_name, planned_dates AS planned_dates, skipped_dates AS skipped_dates,
        planned_games AS planned_games, planned_rows AS planned_rows, due_games AS due_games,
        covered_games AS covered_games, forecast_games AS forecast_games,
        attainable_games AS attainable_games)
      ORDER BY table_name))
    FROM tables
  ) AS tables_json,
  (
    SELECT TO_JSON_STRING(IFNULL(ARRAY_AGG(
      STRUCT(
        table_name AS table_name, state AS state, action AS action, dates AS dates, l1_games AS l1_games,
        expected_games AS expected_games, expected_players AS expected_players,
        game_dates AS game_dates, blocked_by AS blocked_by)
      ORDER BY table_name, state, action), []))
    FROM states
  ) AS states_json,
  TO_JSON_STRING(STRUCT(
    ROUND(timed.modelled_seconds * timed.pace, 1) AS seconds,
    ROUND(timed.modelled_seconds * timed.pace / 60, 2) AS minutes,
    ROUND(timed.pace, 3) AS pace,
    timed.calibrated_by AS calibrated_by,
    looked.bytes_scanned AS bytes_scanned,
    studied.bytes_read AS bytes_read,
    totals.planned_players * ${bytes_per_row} AS bytes_written
  )) AS forecast_json
FROM totals
CROSS JOIN due
CROSS JOIN timed
CROSS JOIN looked
CROSS JOIN studied
CROSS JOIN headline;
