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

-- The latest success that the ledger records for each examined date of a table, whichever run it was. An
-- undo puts rows back with the run that wrote them, and fills no date by having none to put back.
CREATE OR REPLACE TEMP TABLE ledger AS
SELECT
  ${filled_table_name} AS table_name,
  game_date,
  run_id,
  run_id IN (SELECT run_id FROM `${ops_dataset}.runs` WHERE kind = 'undo') AS is_undo,
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
