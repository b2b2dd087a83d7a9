-- Dates on which L4 has rows, but fewer than ${date_players_minimum} % of the players who played.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s has %d of %d players',
      CAST(game_date AS STRING), present_players, expected_players), '; '
      ORDER BY game_date LIMIT 10),
    '') AS detail,
  IFNULL(STRING_AGG(DISTINCT CONCAT('${default_table}:', state), ' '), '') AS to_mend
FROM dates
WHERE
  game_date IN (SELECT game_date FROM judged)
  AND l4_games > 0
  AND present_players * 100 < expected_players * ${date_players_minimum}
