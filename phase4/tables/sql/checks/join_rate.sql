-- Share of the games of one layer that the next one knows, by date and teams: game ids differ in form.
WITH
  raw_games AS (
    SELECT DISTINCT game_date, ${raw_game} AS game
    FROM `${raw_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  player_ids AS (
    SELECT DISTINCT game_date, game_id, ${player_game} AS game
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end AND game_date IN (SELECT game_date FROM judged)
  ),

  player_games AS (
    SELECT DISTINCT game_date, game
    FROM player_ids
  ),

  defense_games AS (
    SELECT DISTINCT game_date, ${defense_game} AS game
    FROM `${defense_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  offense_games AS (
    SELECT DISTINCT game_date, ${offense_game} AS game
    FROM `${offense_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  -- L4 has no teams: an id says the game that L3 means by it, or the teams that it is made of.
  factor_games AS (
    SELECT DISTINCT
      ids.game_date,
      IFNULL(player_ids.game, ids.game) AS game
    FROM (
      SELECT game_date, game_id, ${id_game} AS game
      FROM (SELECT DISTINCT game_date, game_id FROM factor_rows)
    ) AS ids
    LEFT JOIN player_ids
      ON player_ids.game_date = ids.game_date
      AND player_ids.game_id = ids.game_id
  ),

  joins AS (
    SELECT
      'L3 players in L1' AS subject,
      COUNT(*) AS games,
      COUNTIF(raw_games.game IS NOT NULL) AS found,
      MIN(IF(raw_games.game IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN raw_games
      ON raw_games.game_date = player_games.game_date
      AND raw_games.game = player_games.game
    UNION ALL
    SELECT
      'L3 players in L3 defense' AS subject,
      COUNT(*) AS games,
      COUNTIF(defense_games.game IS NOT NULL) AS found,
      MIN(IF(defense_games.game IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN defense_games
      ON defense_games.game_date = player_games.game_date
      AND defense_games.game = player_games.game
    UNION ALL
    SELECT
      'L3 players in L3 offense' AS subject,
      COUNT(*) AS games,
      COUNTIF(offense_games.game IS NOT NULL) AS found,
      MIN(IF(offense_games.game IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN offense_games
      ON offense_games.game_date = player_games.game_date
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
