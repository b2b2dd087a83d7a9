-- One person under two names in one game: which of the names is his is unknown.
UPDATE player_games
SET conflict = 'universal_player_id ' || shared.universal_player_id || ' is '
  || array_to_string(shared.names, ' and ') || ' in one game'
FROM (
  SELECT
    game_date, game, universal_player_id,
    list_sort(list(DISTINCT player_lookup)) AS names
  FROM player_games
  WHERE is_active AND has_minutes AND universal_player_id IS NOT NULL
  GROUP BY game_date, game, universal_player_id
  HAVING count(DISTINCT player_lookup) > 1
) AS shared
WHERE
  shared.game_date = player_games.game_date
  AND shared.game = player_games.game
  AND shared.universal_player_id = player_games.universal_player_id;
