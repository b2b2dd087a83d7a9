-- The canonical games that L4 holds on some dates. An id is the game that L3 means by it, or L1, or that
-- it is made of.
WITH
  stored AS (
    SELECT game_date, game_id, ${id_game} AS game
    FROM (
      SELECT DISTINCT game_date, game_id
      FROM `${target_table}`
      WHERE game_date BETWEEN @start_date AND @end_date
    )
  ),

  meant AS (
    SELECT game_date, game_id, game
    FROM (
      SELECT game_date, game_id, ${player_game} AS game
      FROM `${player_table}`
      WHERE game_date BETWEEN @start_date AND @end_date
      UNION ALL
      SELECT game_date, game_id, ${raw_game}
      FROM `${raw_table}`
      WHERE game_date BETWEEN @start_date AND @end_date
    )
    GROUP BY game_date, game_id, game
    QUALIFY ${is_meant_game}
  )

SELECT
  stored.game_date,
  ARRAY_AGG(DISTINCT IFNULL(meant.game, stored.game)) AS games
FROM stored
LEFT JOIN meant
  ON meant.game_date = stored.game_date
  AND meant.game_id = stored.game_id
GROUP BY stored.game_date
