-- The dates of one task, with what was expected of them when they were planned.
SELECT game_date, expected_games, expected_players
FROM `${ops_dataset}.plan`
WHERE run_id = @run_id AND wave = @wave AND task = @task AND action = 'PLANNED'
ORDER BY game_date
