-- What readiness asks of the training set of a range, in one row.
WITH
  player_games AS (
    SELECT
      ${training_features},
      LAG(game_date) OVER career = game_date AND LAG(game_id) OVER career = game_id AS repeats,
      -- What a player had scored before a game is what he had before the one before it, and what he
      -- scored in that. A history that knew its own game would not add up.
      avg_points_this_season * games_this_season
        - LAG(IFNULL(avg_points_this_season * games_this_season, 0) + points) OVER career AS surplus
    FROM `${ops_dataset}.training_set`(range_start, range_end)
    WINDOW career AS (PARTITION BY player_lookup, season_year ORDER BY game_date, game_id)
  )

SELECT
  COUNT(*) AS player_games,
  COUNTIF(repeats) AS repeated,
  COUNTIF(ABS(surplus) > 0.5) AS knowing,
  [
    ${training_judged}
  ] AS features
FROM player_games
