-- Share of the games of one layer that the next one knows, by date and teams: game ids differ in form.
WITH
  pairs AS (
    SELECT 'L3 players' AS layer, next_layer
    FROM UNNEST(['L1', 'L3 defense', 'L3 offense']) AS next_layer
    UNION ALL
    SELECT 'L4', 'L3 players'
  ),

  known_games AS (
    SELECT DISTINCT layer, game_date, game
    FROM layer_games
  ),

  judged_games AS (
    SELECT layer, game_date, game
    FROM known_games
    WHERE layer = 'L3 players' AND game_date IN (SELECT game_date FROM judged)
    UNION ALL
    SELECT DISTINCT
      'L4',
      stored_ids.game_date,
      IFNULL(player_ids.game, stored_ids.game)
    FROM stored_ids
    LEFT JOIN layer_games AS player_ids
      ON player_ids.layer = 'L3 players'
      AND player_ids.game_date = stored_ids.game_date
      AND player_ids.game_id = stored_ids.game_id
  ),

  -- A layer without a game of the dates has a row, too: its share is unknown.
  joins AS (
    SELECT
      CONCAT(pairs.layer, ' in ', pairs.next_layer) AS subject,
      COUNT(judged_games.game_date) AS games,
      COUNTIF(known_games.game IS NOT NULL) AS found,
      MIN(IF(known_games.game IS NULL, judged_games.game_date, NULL)) AS first_missing
    FROM pairs
    LEFT JOIN judged_games
      ON judged_games.layer = pairs.layer
    LEFT JOIN known_games
      ON known_games.layer = pairs.next_layer
      AND known_games.game_date = judged_games.game_date
      AND known_games.game = judged_games.game
    GROUP BY subject
  )

SELECT
  subject,
  100 * SAFE_DIVIDE(found, games) AS figure,
  IF(
    first_missing IS NULL,
    FORMAT('%d of %d games', found, games),
    FORMAT('%d of %d games, the first missing on %s',
      found, games, CAST(first_missing AS STRING))) AS detail
FROM joins
