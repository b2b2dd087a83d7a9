-- The teams of whoever played, each with the game that most of its players name.
SELECT game_date, game, who
FROM (
  SELECT game_date, game, code AS who
  FROM (
    SELECT *, ${newest_copy} AS is_newest
    FROM (
      SELECT *, ${coded_game} AS game
      FROM (
        SELECT *, ${player_codes}
        FROM `${player_table}`
        WHERE game_date BETWEEN range_start AND range_end
      )
    )
  )
  WHERE
    is_newest
    AND is_active
    AND minutes_played > 0
    AND NOT ${contradictory_player}
    AND ${has_key}
)
GROUP BY game_date, game, who
QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date, who ORDER BY COUNT(*) DESC, game) = 1
