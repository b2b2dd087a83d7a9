-- Whoever played.
SELECT DISTINCT game_date, ${player_game} AS game, player_lookup AS who
FROM `${player_table}`
WHERE
  game_date BETWEEN range_start AND range_end
  AND is_active
  AND minutes_played > 0
  AND ${has_key}
