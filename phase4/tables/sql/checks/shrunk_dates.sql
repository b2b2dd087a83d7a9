-- Dates whose rows stay because upstream lost them and nothing contradicts them, and dates behind these
-- that have been computed from what is left: they are COMPLETE, and their history is not.
WITH
  shrunk AS (
    SELECT game_date, season_year, reason
    FROM dates
    WHERE state = 'BLOCKED_SHRUNK'
  ),

  found AS (
    SELECT '' AS subject, game_date, CONCAT(CAST(game_date AS STRING), ': ', reason) AS finding
    FROM shrunk
    WHERE game_date IN (SELECT game_date FROM judged)
    UNION ALL
    SELECT
      'computed from what is left',
      behind.game_date,
      FORMAT('%s after %s',
        CAST(behind.game_date AS STRING), CAST(MAX(shrunk.game_date) AS STRING))
    FROM dates AS behind
    JOIN shrunk
      ON shrunk.season_year = behind.season_year
      AND shrunk.game_date < behind.game_date
      AND shrunk.game_date >= DATE_SUB(behind.game_date, INTERVAL ${stale_history_days} DAY)
    WHERE
      behind.state = 'COMPLETE'
      AND behind.game_date IN (SELECT game_date FROM judged)
    GROUP BY behind.game_date
  )

SELECT
  subject,
  CAST(COUNT(found.game_date) AS FLOAT64) AS figure,
  IFNULL(STRING_AGG(found.finding, '; ' ORDER BY found.game_date LIMIT 30), '') AS detail
FROM UNNEST(['', 'computed from what is left']) AS subject
LEFT JOIN found
  USING (subject)
GROUP BY subject
