-- What the checks read (arguments of the routine: judged_kind, range_start, range_end, this_run,
-- this_wave, claims_json), each read once from the layers. A checkpoint is judged by the dates that the
-- run has finished, a wave by the dates planned up to it, a run by the dates of its plan, a range by every
-- date: a fault that a later batch heals is not theirs, and what lies between single dates is nobody's.
CREATE OR REPLACE TEMP TABLE claimed AS
SELECT
  IFNULL(JSON_VALUE(claims_json, '$.table_name'), '${default_table}') AS table_name,
  CAST(JSON_VALUE(claim, '$.game_date') AS DATE) AS game_date,
  JSON_VALUE(claim, '$.status') AS status,
  CAST(JSON_VALUE(claim, '$.games') AS INT64) AS games,
  CAST(JSON_VALUE(claim, '$.players') AS INT64) AS players
FROM UNNEST(JSON_QUERY_ARRAY(claims_json, '$.dates')) AS claim;

CREATE OR REPLACE TEMP TABLE planned AS
SELECT DISTINCT ${filled_table_name} AS table_name, game_date, wave
FROM `${ops_dataset}.plan`
WHERE
  run_id = this_run
  AND action = 'PLANNED'
  AND (
    judged_kind = 'run'
    OR judged_kind = 'wave' AND wave <= this_wave
    OR judged_kind = 'checkpoint' AND CONCAT(${filled_table_name}, CAST(game_date AS STRING)) IN (
      SELECT CONCAT(${filled_table_name}, CAST(game_date AS STRING))
      FROM `${ops_dataset}.outcomes`
      WHERE run_id = this_run AND status != 'SKIPPED'));

CREATE OR REPLACE TEMP TABLE judged AS
WITH
  asked AS (
    SELECT game_date
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run
  )

SELECT game_date
FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS game_date
WHERE
  CASE judged_kind
    WHEN 'range' THEN TRUE
    WHEN 'run' THEN
      NOT EXISTS (SELECT 1 FROM asked) OR game_date IN (SELECT game_date FROM asked)
    ELSE game_date IN (SELECT game_date FROM planned WHERE table_name = '${default_table}')
  END;

-- The dates of each table that are held to the ledger. An edit opens no gap, so of a table of ours a run
-- is asked about those that it leaves alone, too; of one that others write about those that it fills.
CREATE OR REPLACE TEMP TABLE examined AS
SELECT '${default_table}' AS table_name, game_date
FROM judged
UNION DISTINCT
SELECT table_name, game_date
FROM planned
UNION DISTINCT
SELECT table_name, game_date
FROM `${ops_dataset}.plan`
WHERE
  judged_kind = 'run'
  AND run_id = this_run
  AND table_name IN (${replaced_tables})
UNION DISTINCT
SELECT table_name, judged.game_date
FROM judged
CROSS JOIN UNNEST([${replaced_tables}]) AS table_name
WHERE judged_kind = 'range';

CREATE OR REPLACE TEMP TABLE dates AS
SELECT status.* EXCEPT (rules), seasons.opener
FROM `${ops_dataset}.date_status`(range_start, range_end) AS status
LEFT JOIN `${seasons}` AS seasons
  ON seasons.season_year = status.season_year;

CREATE OR REPLACE TEMP TABLE factor_rows AS
SELECT game_date, game_id, player_lookup, ${score_columns}
FROM `${target_table}`
WHERE
  game_date BETWEEN range_start AND range_end
  AND game_date IN (SELECT game_date FROM judged);

CREATE OR REPLACE TEMP TABLE scores AS
SELECT
  factor_rows.game_date,
  factor_rows.game_id,
  EXTRACT(YEAR FROM factor_rows.game_date)
    - IF(EXTRACT(MONTH FROM factor_rows.game_date) >= 10, 0, 1) AS season_year,
  one.factor,
  one.score,
  one.low,
  one.high
FROM factor_rows
CROSS JOIN UNNEST([
  ${active_scores}
]) AS one
-- Of the first days of a season nothing follows: their scores say little for want of history.
WHERE factor_rows.game_date NOT IN (
  SELECT game_date FROM dates WHERE state = 'EXEMPT_BOOTSTRAP');

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

-- Every id that a layer has of a game, and the game that its rows mean by it, with their number.
CREATE OR REPLACE TEMP TABLE layer_games AS
SELECT 'L1' AS layer, game_date, game_id, game, COUNT(*) AS told_rows
FROM (
  SELECT game_date, game_id, ${settled_game} AS game
  FROM (
    SELECT *, ${told_rows} AS told_rows
    FROM (
      SELECT game_date, game_id, ${raw_game} AS game
      FROM `${raw_table}`
      WHERE game_date BETWEEN range_start AND range_end
    )
  )
)
GROUP BY game_date, game_id, game
UNION ALL
SELECT 'L3 players', game_date, game_id, game, COUNT(*)
FROM (
  SELECT game_date, game_id, ${settled_game} AS game
  FROM (
    SELECT *, ${told_rows} AS told_rows
    FROM (
      SELECT game_date, game_id, ${player_game} AS game
      FROM `${player_table}`
      WHERE game_date BETWEEN range_start AND range_end
    )
  )
)
GROUP BY game_date, game_id, game
UNION ALL
SELECT 'L3 offense', game_date, game_id, ${offense_game}, 1
FROM `${offense_table}`
WHERE game_date BETWEEN range_start AND range_end
UNION ALL
SELECT 'L3 defense', game_date, game_id, ${defense_game}, 1
FROM `${defense_table}`
WHERE game_date BETWEEN range_start AND range_end;

-- L4 has no teams: an id is the game that a source means by it, or the teams that it is made of.
CREATE OR REPLACE TEMP TABLE stored_ids AS
SELECT game_date, game_id, ${id_game} AS game
FROM (SELECT DISTINCT game_date, game_id FROM factor_rows);

-- The latest success that the ledger records for each examined date of a table, whichever run it was.
CREATE OR REPLACE TEMP TABLE ledger AS
SELECT
  ${filled_table_name} AS table_name,
  game_date,
  run_id,
  status,
  counted_games,
  counted_players,
  content_hash,
  read_at
FROM `${ops_dataset}.outcomes`
WHERE
  game_date BETWEEN range_start AND range_end
  AND CONCAT(${filled_table_name}, CAST(game_date AS STRING)) IN (
    SELECT CONCAT(table_name, CAST(game_date AS STRING)) FROM examined)
  AND status IN ('PUBLISHED', 'UNCHANGED')
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY ${filled_table_name}, game_date ORDER BY finished_at DESC, attempt DESC) = 1;

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
