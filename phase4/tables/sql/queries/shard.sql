-- The dates of one task, of every table of the stage: what was expected of them when they were planned, and
-- which rows may go.
-- `asked_at` is the moment as of which the task reads the league: BigQuery's clock, not the task's,
-- as a moment of the future could not be read.
SELECT
  ${filled_table_name} AS table_name,
  game_date,
  expected_games,
  expected_players,
  removable_rows,
  IFNULL(accepts_loss, FALSE) AS accepts_loss,
  CURRENT_TIMESTAMP() AS asked_at
FROM `${ops_dataset}.plan`
WHERE run_id = @run_id AND wave = @wave AND task = @task AND action = 'PLANNED'
ORDER BY table_name, game_date
