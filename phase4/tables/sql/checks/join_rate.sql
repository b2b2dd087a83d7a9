-- Share of the games of one layer that the next one knows, by date and teams: game ids differ in form.
WITH
  games AS (
    SELECT DISTINCT layer, game_date, game
    FROM layer_games
  ),

  player_games AS (
    SELECT game_date, game
    FROM games
    WHERE layer = 'L3 players' AND game_date IN (SELECT game_date FROM judged)
  ),

  factor_games AS (
    SELECT DISTINCT
      stored_ids.game_date,
      IFNULL(player_ids.game, stored_ids.game) AS game
    FROM stored_ids
    LEFT JOIN layer_games AS player_ids
      ON player_ids.layer = 'L3 players'
      AND player_ids.game_date = stored_ids.game_date
      AND player_ids.game_id = stored_ids.game_id
  ),

  joins AS (
    SELECT
      'L3 players in L1' AS subject,
      COUNT(*) AS games,
      COUNTIF(raw_games.game IS NOT NULL) AS found,
      MIN(IF(raw_games.game IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN games AS raw_games
      ON raw_games.layer = 'L1'
      AND raw_games.game_date = player_games.game_date
      AND raw_games.game = player_games.game
    UNION ALL
    SELECT
      'L3 players in L3 defense' AS subject,
      COUNT(*) AS games,
      COUNTIF(defense_games.game IS NOT NULL) AS found,
      MIN(IF(defense_games.game IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN games AS defense_games
      ON defense_games.layer = 'L3 defense'
      AND defense_games.game_date = player_games.game_date
      AND defense_games.game = player_games.game
    UNION ALL
    SELECT
      'L3 players in L3 offense' AS subject,
      COUNT(*) AS games,
      COUNTIF(offense_games.game IS NOT NULL) AS found,
      MIN(IF(offense_games.game IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN games AS offense_games
      ON offense_games.layer = 'L3 offense'
      AND offense_games.game_date = player_games.game_date
      AND offense_games.game = player_games.game
    UNION ALL
    SELECT
      'L4 in L3 players' AS subject,
      COUNT(*) AS games,
      COUNTIF(player_games.game IS NOT NULL) AS found,
      MIN(IF(player_games.game IS NULL, factor_games.game_date, NULL)) AS first_missing
    FROM factor_games
    LEFT JOIN player_games
      ON player_games.game_date = factor_games.game_date
      AND player_games.game = factor_games.game
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
