-- The games of L1 in which somebody has minutes, one row per canonical game: how many lines it has, and
-- why it cannot be taken into L3; empty when it can (layers.md section 3).
WITH
  -- Of several deliveries of a line the newest.
  lines AS (
    SELECT
      game_date,
      game,
      team,
      player_lookup,
      ${minutes_in_seconds} AS seconds,
      IFNULL(points, 0) AS points,
      IF(team = ${home_code}, home_team_score, away_team_score) AS score,
      period,
      processed_at
    FROM (
      SELECT *, ${raw_game} AS game, ${team_code} AS team
      FROM `${raw_table}`
      WHERE game_date BETWEEN range_start AND range_end
    )
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY game_date, game, player_lookup ORDER BY processed_at DESC, team) = 1
  ),

  teams AS (
    SELECT
      game_date,
      game,
      team,
      COUNT(*) AS line_count,
      COUNTIF(seconds > 0) AS players,
      SUM(seconds) AS seconds,
      SUM(points) AS points,
      MAX(score) AS score,
      MAX(period) AS period,
      MIN(processed_at) AS first_at
    FROM lines
    GROUP BY game_date, game, team
  ),

  -- Five minutes of five players for each overtime; the period is not always told.
  judged AS (
    SELECT
      *,
      GREATEST(
        IFNULL(
          period - 4,
          CAST(ROUND((seconds / 60 - ${team_minutes}) / ${overtime_minutes}) AS INT64)),
        0) AS overtimes
    FROM teams
  ),

  refused AS (
    SELECT
      *,
      ARRAY_TO_STRING([
        IF(players < ${team_players}, FORMAT('%d players of %s', players, team), NULL),
        IF(
          seconds / 60 NOT BETWEEN
            ${fewest_team_minutes} + ${overtime_minutes} * overtimes
              - ${overtime_slack_minutes} * LEAST(overtimes, 1)
            AND ${most_team_minutes} + ${overtime_minutes} * overtimes
              + ${overtime_slack_minutes} * LEAST(overtimes, 1),
          FORMAT('team minutes %.1f of %s', CAST(seconds / 60 AS FLOAT64), team),
          NULL),
        IF(
          IFNULL(points != score, TRUE),
          FORMAT('points of the lines %d are not the score %s of %s',
            points, IFNULL(CAST(score AS STRING), 'that nobody knows'), team),
          NULL)
      ], ', ') AS refusal
    FROM judged
  )

SELECT
  game_date,
  game,
  SUM(line_count) AS line_count,
  COUNT(*) AS team_count,
  ARRAY_TO_STRING([
    IF(COUNT(*) != 2, FORMAT('lines of %d teams', COUNT(*)), NULL),
    NULLIF(STRING_AGG(NULLIF(refusal, ''), ', ' ORDER BY team), '')
  ], ', ') AS refusal,
  MIN(first_at) AS first_at
FROM refused
GROUP BY game_date, game
HAVING SUM(IFNULL(seconds, 0)) > 0
