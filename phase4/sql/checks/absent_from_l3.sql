-- L4 players and games that L3 does not know as played.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s %s %s', CAST(game_date AS STRING), game_id, player_lookup), '; '
      ORDER BY game_date, game_id, player_lookup LIMIT 10),
    '') AS detail
FROM (
  SELECT DISTINCT factor_rows.game_date, factor_rows.game_id, factor_rows.player_lookup
  FROM factor_rows
  LEFT JOIN played
    ON played.game_date = factor_rows.game_date
    AND played.game_id = factor_rows.game_id
    AND played.player_lookup = factor_rows.player_lookup
  WHERE played.player_lookup IS NULL
)
