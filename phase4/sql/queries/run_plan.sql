-- The plan of a run by state and shard: what it set out to do.
SELECT
  action,
  state,
  wave,
  task,
  COUNT(*) AS dates,
  SUM(expected_games) AS expected_games,
  SUM(expected_players) AS players,
  SUM(l1_games) AS l1_games,
  SUM(LEAST(present_games, l1_games)) AS covered_games,
  SUM(IF(l1_games = 0 AND state NOT IN ('EXEMPT_PRESEASON', 'EXEMPT_ALL_STAR'),
    expected_games, l1_games)) AS due_games,
  SUM(LEAST(
    IF(action = 'PLANNED', GREATEST(expected_games, present_games), present_games), l1_games))
    AS forecast_games
FROM `${ops_dataset}.plan`
WHERE run_id = @run_id
GROUP BY action, state, wave, task
ORDER BY action, wave, task, state
