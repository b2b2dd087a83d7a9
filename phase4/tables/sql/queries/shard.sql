-- The dates of one task, of every table of the stage: what was expected of them when they were planned,
-- which rows may go, and what an earlier attempt at the shard has recorded of them.
-- `asked_at` is the moment as of which the task reads the league: BigQuery's clock, not the task's,
-- as a moment of the future could not be read.
WITH
  recorded AS (
    SELECT ${filled_table_name} AS table_name, game_date, status, counted_games, counted_players
    FROM `${ops_dataset}.outcomes`
    WHERE run_id = @run_id AND wave = @wave AND task = @task
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY ${filled_table_name}, game_date ORDER BY finished_at DESC, attempt DESC) = 1
  )

SELECT
  plan.table_name,
  plan.game_date,
  plan.expected_games,
  plan.expected_players,
  plan.removable_rows,
  IFNULL(plan.accepts_loss, FALSE) AS accepts_loss,
  recorded.status,
  recorded.counted_games,
  recorded.counted_players,
  CURRENT_TIMESTAMP() AS asked_at
FROM (
  SELECT * EXCEPT (table_name), ${filled_table_name} AS table_name
  FROM `${ops_dataset}.plan`
  WHERE run_id = @run_id AND wave = @wave AND task = @task AND action = 'PLANNED'
) AS plan
LEFT JOIN recorded
  ON recorded.table_name = plan.table_name
  AND recorded.game_date = plan.game_date
ORDER BY plan.table_name, plan.game_date
