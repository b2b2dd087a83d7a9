-- The plan of a run by state and shard: what it set out to do.
SELECT
  ${filled_table_name} AS table_name,
  action,
  state,
  wave,
  task,
  COUNT(*) AS dates,
  SUM(expected_games) AS expected_games,
  SUM(expected_players) AS players,
  SUM(l1_games) AS l1_games,
  LOGICAL_OR(IFNULL(accepts_loss, FALSE)) AS accepts_loss
FROM `${ops_dataset}.plan`
WHERE run_id = @run_id
GROUP BY 1, action, state, wave, task
ORDER BY table_name, action, wave, task, state
