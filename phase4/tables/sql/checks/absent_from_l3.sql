-- Rows of L4 whose player L3 does not know as played in that game, whatever the game's id.
SELECT
  '' AS subject,
  CAST(IFNULL(SUM(extra_players), 0) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s has %d (%s)', CAST(game_date AS STRING), extra_players, reason), '; '
      ORDER BY game_date LIMIT 10),
    '') AS detail,
  IFNULL(STRING_AGG(DISTINCT CONCAT('${default_table}:', state), ' '), '') AS to_mend
FROM dates
WHERE game_date IN (SELECT game_date FROM judged) AND extra_players > 0
