-- Dates of a table of ours that are whole and were computed from what is no longer there. A run fills them
-- on request.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s%s: %s',
        IF(table_name = '${default_table}', '', CONCAT(table_name, ' ')),
        CAST(game_date AS STRING), reason),
      '; ' ORDER BY game_date, table_name LIMIT 10),
    '') AS detail,
  IFNULL(STRING_AGG(DISTINCT CONCAT(table_name, ':STALE'), ' '), '') AS to_mend
FROM table_states
WHERE state = 'STALE' AND game_date IN (SELECT game_date FROM judged)
