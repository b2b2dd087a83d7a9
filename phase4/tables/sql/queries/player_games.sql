-- Player-games per date where the pipeline may lose them: played by L1, played by L3, present in L4,
-- and ready for production. In L1 a player counts once, whatever ids and codes his game has there. The
-- players that L3 has on eligible dates come from date_status.
WITH
  l1 AS (
    SELECT
      game_date,
      COUNT(DISTINCT IF(${has_minutes}, CONCAT(${raw_game}, '|', player_lookup), NULL)) AS players
    FROM `${raw_table}`
    WHERE game_date BETWEEN @start_date AND @end_date
    GROUP BY game_date
  ),

  l4 AS (
    SELECT
      game_date,
      COUNT(DISTINCT CONCAT(game_id, '|', player_lookup)) AS players,
      COUNT(DISTINCT IF(is_production_ready, CONCAT(game_id, '|', player_lookup), NULL)) AS ready
    FROM `${target_table}`${as_of}
    WHERE game_date BETWEEN @start_date AND @end_date
    GROUP BY game_date
  )

SELECT
  COALESCE(l1.game_date, l4.game_date) AS game_date,
  IFNULL(l1.players, 0) AS l1_players,
  IFNULL(l4.players, 0) AS l4_players,
  IFNULL(l4.ready, 0) AS ready_players
FROM l1
FULL JOIN l4
  ON l4.game_date = l1.game_date
