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
