-- Dates that are whole and were computed from what is no longer there. A run fills them on request.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s: %s', CAST(game_date AS STRING), reason), '; ' ORDER BY game_date LIMIT 10),
    '') AS detail,
  IF(COUNT(*) > 0, '${default_table}:STALE', '') AS to_mend
FROM dates
WHERE state = 'STALE' AND game_date IN (SELECT game_date FROM judged)
