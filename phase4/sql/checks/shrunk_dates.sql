-- Dates whose rows stay because upstream lost them and nothing contradicts them.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s: %s', CAST(game_date AS STRING), reason), '; '
      ORDER BY game_date LIMIT 10),
    '') AS detail
FROM dates
WHERE game_date IN (SELECT game_date FROM judged) AND state = 'BLOCKED_SHRUNK'
