-- Rows beyond the first of each key (game_date, game_id, player_lookup).
SELECT
  '' AS subject,
  CAST(IFNULL(SUM(copies - 1), 0) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s %s %s', CAST(game_date AS STRING), game_id, player_lookup), '; '
      ORDER BY game_date, game_id, player_lookup LIMIT 10),
    '') AS detail,
  IFNULL(STRING_AGG(DISTINCT CONCAT('${default_table}:', dates.state), ' '), '') AS to_mend
FROM (
  SELECT game_date, game_id, player_lookup, COUNT(*) AS copies
  FROM factor_rows
  GROUP BY game_date, game_id, player_lookup
  HAVING COUNT(*) > 1
) AS repeated
JOIN dates
  USING (game_date)
