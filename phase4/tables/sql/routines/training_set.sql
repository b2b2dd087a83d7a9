-- What models train on: one row per player and game that he played, with the points as label, and of
-- each feature the value as of before the game and its state: real, defaulted or absent. Features and
-- defaults stand in training.json. Preseason and All-Star games count for nobody: they are neither
-- rows nor history.
WITH
  -- Of copies of a player's line the newest survives, then the fullest.
  newest_lines AS (
    SELECT
      game_date,
      game,
      game_id,
      player_lookup,
      CAST(${valid_players_points} AS INT64) AS points,
      ${valid_players_minutes_played} AS minutes,
      ${valid_players_usage_rate} AS usage_rate,
      IFNULL(is_active AND minutes_played > 0, FALSE) AND NOT ${contradictory_player} AS played,
      ${unclear_player} AS unclear
    FROM (
      ${settled_seasons}
    )
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY game_date, game, player_lookup
      ORDER BY
        processed_at DESC,
        IF(points IS NULL, 1, 0) + IF(minutes_played IS NULL, 1, 0) + IF(usage_rate IS NULL, 1, 0),
        game_id, minutes_played, points, usage_rate) = 1
  ),

  counted_lines AS (
    SELECT
      lines.*,
      seasons.season_year,
      CASE
        WHEN DATE_DIFF(lines.game_date, seasons.opener, DAY) < ${bootstrap_days} THEN 'bootstrap'
        WHEN lines.game_date > seasons.all_star_end THEN 'after_all_star'
        ELSE 'before_all_star'
      END AS season_phase
    FROM newest_lines AS lines
    JOIN `${seasons}` AS seasons
      ON seasons.season_year = ${season_of_date}
    WHERE
      lines.game_date >= seasons.opener
      AND IFNULL(lines.game_date NOT BETWEEN seasons.all_star_start AND seasons.all_star_end, TRUE)
  ),

  player_games AS (
    SELECT *
    FROM counted_lines
    WHERE played AND game_date >= range_start
  ),

  -- By date, so that no game is the history of another one of its date.
  player_days AS (
    SELECT
      player_lookup,
      season_year,
      game_date,
      COUNT(*) AS games,
      SUM(points) AS points,
      COUNT(points) AS pointed_games,
      CAST(SUM(minutes) AS FLOAT64) AS minutes,
      COUNT(minutes) AS timed_games,
      CAST(SUM(usage_rate) AS FLOAT64) AS usage,
      COUNT(usage_rate) AS used_games
    FROM counted_lines
    WHERE played
    GROUP BY player_lookup, season_year, game_date
  ),

  usage_forms AS (
    SELECT
      player_lookup,
      season_year,
      game_date,
      SUM(usage) OVER last_7 / SUM(used_games) OVER last_7 AS avg_usage_rate
    FROM player_days
    WHERE used_games > 0
    WINDOW
      last_7 AS (
        PARTITION BY player_lookup, season_year ORDER BY game_date
        ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
  ),

  -- The newest game before a date of which nobody can say whether, or how long, he played.
  unclear_loads AS (
    SELECT
      player_days.player_lookup,
      player_days.game_date,
      MAX(before.game_date) AS newest,
      MAX(before.game_date) >= DATE_SUB(player_days.game_date, INTERVAL 13 DAY) AS is_recent
    FROM player_days
    JOIN counted_lines AS before
      ON before.player_lookup = player_days.player_lookup
      AND before.season_year = player_days.season_year
      AND before.game_date < player_days.game_date
    WHERE before.unclear OR before.played AND before.minutes IS NULL
    GROUP BY player_days.player_lookup, player_days.game_date
  ),

  past_games AS (
    SELECT
      player_lookup,
      season_year,
      game_date,
      MAX(game_date) OVER earlier AS last_date,
      MAX(IF(used_games > 0, game_date, NULL)) OVER earlier AS usage_date,
      IFNULL(SUM(games) OVER week, 0) AS week_games,
      IFNULL(SUM(games) OVER fortnight, 0) AS fortnight_games,
      IFNULL(SUM(minutes) OVER week, 0) AS week_minutes,
      SAFE_DIVIDE(SUM(minutes) OVER last_10, SUM(timed_games) OVER last_10) AS minutes_10,
      SAFE_DIVIDE(SUM(points) OVER last_5, SUM(pointed_games) OVER last_5) AS points_5,
      SAFE_DIVIDE(SUM(points) OVER last_10, SUM(pointed_games) OVER last_10) AS points_10,
      SAFE_DIVIDE(SUM(points) OVER earlier, SUM(pointed_games) OVER earlier) AS points_season,
      IFNULL(SUM(games) OVER earlier, 0) AS season_games
    FROM player_days
    WINDOW
      days AS (PARTITION BY player_lookup, season_year ORDER BY UNIX_DATE(game_date)),
      earlier AS (days ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      last_5 AS (days ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING),
      last_10 AS (days ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING),
      week AS (days RANGE BETWEEN 6 PRECEDING AND 1 PRECEDING),
      fortnight AS (days RANGE BETWEEN 13 PRECEDING AND 1 PRECEDING)
  ),

  history AS (
    SELECT
      past.player_lookup,
      past.game_date,
      -- Who is known to have played since has rested as long as it is.
      IF(
        IFNULL(unclear.newest <= past.last_date, TRUE),
        DATE_DIFF(past.game_date, past.last_date, DAY) - 1,
        NULL) AS days_rest,
      IF(unclear.is_recent IS NOT TRUE, past.week_games, NULL) AS games_in_last_7_days,
      IF(unclear.is_recent IS NOT TRUE, past.fortnight_games, NULL) AS games_in_last_14_days,
      IF(unclear.is_recent IS NOT TRUE, past.week_minutes, NULL) AS minutes_in_last_7_days,
      ROUND(past.minutes_10, 4) AS avg_minutes_last_10_games,
      ROUND(usage.avg_usage_rate, 4) AS avg_usage_rate_last_7_games,
      ROUND(past.points_5, 4) AS avg_points_last_5_games,
      ROUND(past.points_10, 4) AS avg_points_last_10_games,
      ROUND(past.points_season, 4) AS avg_points_this_season,
      past.season_games AS games_this_season
    FROM past_games AS past
    LEFT JOIN usage_forms AS usage
      ON usage.player_lookup = past.player_lookup
      AND usage.season_year = past.season_year
      AND usage.game_date = past.usage_date
    LEFT JOIN unclear_loads AS unclear
      ON unclear.player_lookup = past.player_lookup
      AND unclear.game_date = past.game_date
  ),

  stored AS (
    SELECT
      game_date,
      game_id,
      player_lookup,
      processed_at,
      data_hash,
      calculation_version = '${calculation_version}' AS is_current,
      IFNULL(missing_data_fields, '') AS missing,
      ${training_factors}
    FROM `${target_table}`${training_moment}
    WHERE game_date BETWEEN range_start AND range_end
  ),

  -- An id of L4 is the game that L3 means by it, or that it is made of. Looked up once per id, not for
  -- each of its rows.
  known_ids AS (
    SELECT
      ids.game_date,
      ids.game_id,
      COALESCE(player_ids.game, ids.game_of_id) AS game
    FROM (
      SELECT game_date, game_id, NULLIF(${coded_id_game}, game_id) AS game_of_id
      FROM (
        SELECT *, ${id_codes}
        FROM (SELECT DISTINCT game_date, game_id FROM stored)
      )
    ) AS ids
    LEFT JOIN (
      SELECT game_date, game_id, game
      FROM newest_lines
      GROUP BY game_date, game_id, game
      QUALIFY ${is_meant_game}
    ) AS player_ids
      ON player_ids.game_date = ids.game_date
      AND player_ids.game_id = ids.game_id
  ),

  -- Any other id is the player's game of that date. However many rows a key has, the newest is his.
  newest_factors AS (
    SELECT stored.*, player_games.game
    FROM stored
    LEFT JOIN known_ids
      ON known_ids.game_date = stored.game_date
      AND known_ids.game_id = stored.game_id
    JOIN player_games
      ON player_games.game_date = stored.game_date
      AND player_games.player_lookup = stored.player_lookup
      AND player_games.game = IFNULL(known_ids.game, player_games.game)
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY stored.game_date, player_games.game, stored.player_lookup
      ORDER BY stored.processed_at DESC, stored.data_hash) = 1
  )

SELECT
  player_games.game_date,
  player_games.season_year,
  player_games.season_phase,
  player_games.game_id,
  player_games.player_lookup,
  player_games.points,
  ${training_columns}
FROM player_games
JOIN history
  ON history.player_lookup = player_games.player_lookup
  AND history.game_date = player_games.game_date
-- Scores of another version measure something else: they are no values of these features.
LEFT JOIN newest_factors AS factors
  ON factors.is_current
  AND factors.game_date = player_games.game_date
  AND factors.game = player_games.game
  AND factors.player_lookup = player_games.player_lookup
