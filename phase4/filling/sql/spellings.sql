-- One name in two spellings on one date: one person under two keys, or two people; which is unknown.
UPDATE player_games
SET conflict = concat_ws('; ', conflict,
  'player_lookup ' || array_to_string(spelled.names, ' and ') || ' are one name on one date')
FROM (
  SELECT game_date, ${spelled} AS name, list_sort(list(DISTINCT player_lookup)) AS names
  FROM player_games
  WHERE is_active AND has_minutes AND player_lookup IS NOT NULL
  GROUP BY game_date, name
  HAVING count(DISTINCT player_lookup) > 1
) AS spelled
WHERE spelled.game_date = player_games.game_date AND list_contains(spelled.names, player_lookup);
