-- Every date of a run's range as its plan found it; of the factors alone.
SELECT
  game_date,
  state,
  reason,
  expected_games,
  l1_games,
  IFNULL(due_games, 0) AS due_games,
  IFNULL(covered_games, 0) AS covered_games,
  IFNULL(attainable_games, 0) AS attainable_games,
  IFNULL(forecast_games, 0) AS forecast_games
FROM `${ops_dataset}.plan`
WHERE run_id = @run_id AND ${of_default_table}
ORDER BY game_date
