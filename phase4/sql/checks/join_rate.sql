-- Share of the games of one layer that the next one knows. L1 and L3 are joined by date and teams,
-- because their game ids differ in form; tables of one layer by game id, because the job does so.
WITH
  raw_pairs AS (
    SELECT DISTINCT
      game_date,
      LEAST(home_team_abbr, away_team_abbr) AS one_team,
      GREATEST(home_team_abbr, away_team_abbr) AS other_team
    FROM `${raw_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  player_pairs AS (
    SELECT DISTINCT
      game_date,
      LEAST(team_abbr, opponent_team_abbr) AS one_team,
      GREATEST(team_abbr, opponent_team_abbr) AS other_team
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end AND game_date IN (SELECT game_date FROM judged)
  ),

  player_games AS (
    SELECT DISTINCT game_date, game_id
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end AND game_date IN (SELECT game_date FROM judged)
  ),

  defense_games AS (
    SELECT DISTINCT game_date, game_id
    FROM `${defense_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  offense_games AS (
    SELECT DISTINCT game_date, game_id
    FROM `${offense_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  factor_games AS (
    SELECT DISTINCT game_date, game_id
    FROM factor_rows
  ),

  joins AS (
    SELECT
      'L3 players in L1' AS subject,
      COUNT(*) AS games,
      COUNTIF(raw_pairs.game_date IS NOT NULL) AS found,
      MIN(IF(raw_pairs.game_date IS NULL, player_pairs.game_date, NULL)) AS first_missing
    FROM player_pairs
    LEFT JOIN raw_pairs
      ON raw_pairs.game_date = player_pairs.game_date
      AND raw_pairs.one_team = player_pairs.one_team
      AND raw_pairs.other_team = player_pairs.other_team
    UNION ALL
    SELECT
      'L3 players in L3 defense' AS subject,
      COUNT(*) AS games,
      COUNTIF(defense_games.game_id IS NOT NULL) AS found,
      MIN(IF(defense_games.game_id IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN defense_games
      ON defense_games.game_date = player_games.game_date
      AND defense_games.game_id = player_games.game_id
    UNION ALL
    SELECT
      'L3 players in L3 offense' AS subject,
      COUNT(*) AS games,
      COUNTIF(offense_games.game_id IS NOT NULL) AS found,
      MIN(IF(offense_games.game_id IS NULL, player_games.game_date, NULL)) AS first_missing
    FROM player_games
    LEFT JOIN offense_games
      ON offense_games.game_date = player_games.game_date
      AND offense_games.game_id = player_games.game_id
    UNION ALL
    SELECT
      'L4 in L3 players' AS subject,
      COUNT(*) AS games,
      COUNTIF(player_games.game_id IS NOT NULL) AS found,
      MIN(IF(player_games.game_id IS NULL, factor_games.game_date, NULL)) AS first_missing
    FROM factor_games
    LEFT JOIN player_games
      ON player_games.game_date = factor_games.game_date
      AND player_games.game_id = factor_games.game_id
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
