-- What the checks of dates read, each once from the layers; claims_json is what an event claims.
CREATE OR REPLACE TEMP TABLE claimed AS
SELECT
  IFNULL(JSON_VALUE(claims_json, '$.table_name'), '${default_table}') AS table_name,
  CAST(JSON_VALUE(claim, '$.game_date') AS DATE) AS game_date,
  JSON_VALUE(claim, '$.status') AS status,
  CAST(JSON_VALUE(claim, '$.games') AS INT64) AS games,
  CAST(JSON_VALUE(claim, '$.players') AS INT64) AS players
FROM UNNEST(JSON_QUERY_ARRAY(claims_json, '$.dates')) AS claim;

CREATE OR REPLACE TEMP TABLE dates AS
SELECT status.* EXCEPT (rules), seasons.opener
FROM `${ops_dataset}.date_status`(range_start, range_end) AS status
LEFT JOIN `${seasons}` AS seasons
  ON seasons.season_year = status.season_year;

-- The states of the dates of each table that is replaced: of those beside the default one when a run has
-- ended and of ranges. What is added to L3 is never stale, and held back by no state of its own.
${other_table_states}
CREATE OR REPLACE TEMP TABLE table_states AS
SELECT '${default_table}' AS table_name, game_date, state, reason
FROM dates
${all_table_states};

CREATE OR REPLACE TEMP TABLE factor_rows AS
SELECT game_date, game_id, player_lookup, ${score_columns}
FROM `${target_table}`
WHERE
  game_date BETWEEN range_start AND range_end
  AND game_date IN (SELECT game_date FROM judged);

-- Of the first days of a season nothing follows: their scores say little for want of history.
CREATE OR REPLACE TEMP TABLE scores AS
SELECT
  factor_rows.game_date,
  factor_rows.game_id,
  dates.season_year,
  one.factor,
  one.score,
  one.low,
  one.high
FROM factor_rows
JOIN dates
  ON dates.game_date = factor_rows.game_date
  AND dates.state != 'EXEMPT_BOOTSTRAP'
CROSS JOIN UNNEST([
  ${active_scores}
]) AS one;

-- What each filled table holds of a date, by games and rows.
CREATE OR REPLACE TEMP TABLE table_dates AS
SELECT
  '${default_table}' AS table_name,
  game_date,
  COUNT(DISTINCT game_id) AS games,
  COUNT(DISTINCT CONCAT(game_id, '|', player_lookup)) AS players
FROM factor_rows
GROUP BY game_date
${other_table_dates};

-- The states of other tables are not asked for here.
CREATE OR REPLACE TEMP TABLE lost_dates AS
SELECT
  ledger.table_name,
  ledger.game_date,
  ledger.run_id,
  ledger.counted_players,
  IFNULL(table_dates.players, 0) AS players,
  IF(ledger.table_name = '${default_table}', dates.state, '') AS state
FROM ledger
LEFT JOIN dates
  ON dates.game_date = ledger.game_date
LEFT JOIN table_dates
  ON table_dates.table_name = ledger.table_name
  AND table_dates.game_date = ledger.game_date
WHERE
  IFNULL(table_dates.players, 0) < ledger.counted_players
  OR IFNULL(table_dates.games, 0) < ledger.counted_games;
