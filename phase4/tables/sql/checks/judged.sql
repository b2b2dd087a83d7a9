-- What is judged (arguments of the routine: judged_kind, range_start, range_end, this_run, this_wave). A
-- checkpoint is judged by the dates that the run has finished, a wave by the dates planned up to it, a run by
-- the dates of its plan, a range by every date: a fault that a later batch heals is not theirs, and what lies
-- between single dates is nobody's.
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
