-- Whoever played, each in the game that his rows' id means.
SELECT DISTINCT game_date, game, player_lookup AS who
FROM (
  SELECT *, ${newest_copy} AS is_newest
  FROM (
    ${settled_in_range}
  )
)
WHERE
  is_newest
  AND is_active
  AND minutes_played > 0
  AND NOT ${contradictory_player}
  AND ${has_key}
