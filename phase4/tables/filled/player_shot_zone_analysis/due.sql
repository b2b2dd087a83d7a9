-- Whoever played, each in the game that his rows' id means.
SELECT DISTINCT game_date, ${settled_game} AS game, player_lookup AS who
FROM (
  SELECT *, ${told_rows} AS told_rows
  FROM (
    SELECT game_date, game_id, ${player_game} AS game, player_lookup, is_active, minutes_played
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end
  )
)
WHERE
  is_active
  AND minutes_played > 0
  AND ${has_key}
