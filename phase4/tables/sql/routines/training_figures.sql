-- What readiness asks of the training set of a range, in one row.
WITH
  -- From the season's begin: what was scored before the range is in the histories of its rows.
  season_games AS (
    SELECT
      game_date,
      game_id,
      player_lookup,
      ${training_features},
      SUM(points) OVER earlier AS points_before,
      COUNT(points) OVER earlier AS pointed_games
    FROM `${ops_dataset}.training_set`(${season_start}, range_end)
    WINDOW
      earlier AS (
        PARTITION BY player_lookup, season_year ORDER BY UNIX_DATE(game_date)
        RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ),

  player_games AS (
    SELECT
      *,
      LAG(game_id) OVER (
        PARTITION BY player_lookup, game_date ORDER BY game_id) = game_id AS repeats,
      -- A history that knew its own game would have other points than were scored before it.
      avg_points_this_season IS NOT NULL
        AND IFNULL(
          ABS(avg_points_this_season * pointed_games - points_before) > 0.5, TRUE) AS knows
    FROM season_games
    WHERE game_date >= range_start
  )

SELECT
  COUNT(*) AS player_games,
  COUNTIF(repeats) AS repeated,
  COUNTIF(knows) AS knowing,
  [
    ${training_judged}
  ] AS features
FROM player_games
