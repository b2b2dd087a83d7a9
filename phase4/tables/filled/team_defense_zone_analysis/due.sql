-- The teams of whoever played, each with the game that most of its players name.
SELECT game_date, game, who
FROM (
  SELECT game_date, ${coded_game} AS game, code AS who
  FROM (
    SELECT *, ${player_codes}
    FROM `${player_table}`
    WHERE
      game_date BETWEEN range_start AND range_end
      AND is_active
      AND minutes_played > 0
      AND NOT ${contradictory_player}
      AND ${has_key}
  )
)
GROUP BY game_date, game, who
QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date, who ORDER BY COUNT(*) DESC, game) = 1
