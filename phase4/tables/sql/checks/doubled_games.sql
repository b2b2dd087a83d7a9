-- Games that a layer has under more than one id. They are counted once; which copy of a row survives is
-- said by the job.
WITH
  ids AS (
    SELECT layer, game_date, game_id, game
    FROM layer_games
    UNION ALL
    SELECT 'L4', stored.game_date, stored.game_id, IFNULL(meant.game, stored.game)
    FROM stored_ids AS stored
    LEFT JOIN (
      SELECT game_date, game_id, game
      FROM layer_games
      GROUP BY game_date, game_id, game
      QUALIFY ${is_meant_game_told}
    ) AS meant
      ON meant.game_date = stored.game_date
      AND meant.game_id = stored.game_id
  ),

  doubled AS (
    SELECT
      layer,
      game_date,
      game,
      CONCAT(MIN(game_id), ' and ', MAX(game_id)) AS names
    FROM ids
    WHERE game_date IN (SELECT game_date FROM judged)
    GROUP BY layer, game_date, game
    HAVING COUNT(DISTINCT game_id) > 1
  )

SELECT
  layer AS subject,
  CAST(COUNT(doubled.game) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s %s is %s', CAST(doubled.game_date AS STRING), doubled.game, doubled.names),
      '; ' ORDER BY doubled.game_date, doubled.game LIMIT 10),
    '') AS detail
FROM UNNEST(['L1', 'L3 players', 'L3 offense', 'L3 defense', 'L4']) AS layer
LEFT JOIN doubled
  USING (layer)
GROUP BY layer
