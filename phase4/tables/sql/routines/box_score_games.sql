-- The games of L1 in which somebody has minutes or points, one row per canonical game: how many lines it
-- has, and why it cannot be taken into L3; empty when it can (layers.md section 3). The task that takes it asks
-- the same (phase4/filling/sql/box_games.sql); a test holds the two together.
WITH
  delivered AS (
    SELECT
      *,
      RANK() OVER (PARTITION BY game_date, game ORDER BY processed_at DESC) = 1 AS is_newest_of_game,
      RANK() OVER (PARTITION BY game_date, game, player ORDER BY processed_at DESC) = 1 AS is_newest
    FROM (
      SELECT
        game_date,
        ${coded_game} AS game,
        IF(REGEXP_CONTAINS(player_lookup, r'\S'), player_lookup, NULL) AS player,
        ${team_code} AS team,
        code AS home,
        other_code AS away,
        home_team_score,
        away_team_score,
        period,
        ${minutes_in_seconds} AS seconds,
        CAST(IFNULL(points, 0) AS NUMERIC) AS points,
        CONCAT(${line_figures}) AS figures,
        ARRAY_TO_STRING([
          ${impossible_line}
        ], ', ') AS impossible,
        processed_at
      FROM (
        SELECT *, ${raw_codes}
        FROM `${raw_table}`
        WHERE game_date BETWEEN range_start AND range_end
      )
    )
  ),

  -- What all lines of a game say of it; only the newest count, as a score may be corrected.
  facts AS (
    SELECT
      game_date,
      game,
      MAX(home) AS home,
      MAX(away) AS away,
      MAX(home_team_score) AS home_score,
      MAX(away_team_score) AS away_score,
      MAX(period) AS period,
      ARRAY_TO_STRING([
        IF(MIN(home) != MAX(home), 'the home team', NULL),
        IF(
          MIN(home_team_score) != MAX(home_team_score)
            OR MIN(away_team_score) != MAX(away_team_score),
          'the score',
          NULL),
        IF(MIN(period) != MAX(period), 'the period', NULL)
      ], ', ') AS differing,
      IF(
        MAX(period) NOT BETWEEN 0 AND ${most_periods},
        FORMAT('period %d outside 0…${most_periods}', MAX(period)),
        NULL) AS strange_period
    FROM delivered
    WHERE is_newest_of_game
    GROUP BY game_date, game
  ),

  -- A player's line is a part of every figure of his team: for what is wrong with one a game pays.
  doubts AS (
    SELECT game_date, game, STRING_AGG(IFNULL(player, 'nobody'), ', ' ORDER BY player) AS players
    FROM (
      SELECT
        game_date,
        game,
        player,
        COUNT(DISTINCT IF(
          is_newest,
          CONCAT(IFNULL(team, ''), ' ', IFNULL(CAST(seconds AS STRING), ''), ' ', figures),
          NULL)) > 1 AS is_doubtful,
        IFNULL(LOGICAL_OR(seconds > 0), FALSE) AS has_played
      FROM delivered
      GROUP BY game_date, game, player
    )
    WHERE player IS NULL AND has_played OR player IS NOT NULL AND is_doubtful
    GROUP BY game_date, game
  ),

  lines AS (
    SELECT
      game_date,
      game,
      player,
      team,
      seconds,
      points,
      MAX(impossible) OVER (PARTITION BY game_date, game, player) AS impossible
    FROM delivered
    WHERE is_newest AND player IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date, game, player ORDER BY team, seconds, figures) = 1
  ),

  impossible_lines AS (
    SELECT
      game_date,
      game,
      STRING_AGG(CONCAT(player, ' has ', impossible), '; ' ORDER BY player LIMIT 5) AS players
    FROM lines
    WHERE impossible != ''
    GROUP BY game_date, game
  ),

  teams AS (
    SELECT
      game_date,
      game,
      team,
      COUNT(*) AS line_count,
      COUNTIF(seconds > 0) AS players,
      IFNULL(SUM(seconds), 0) AS seconds,
      SUM(points) AS points
    FROM lines
    GROUP BY game_date, game, team
  ),

  played AS (
    SELECT
      *,
      COUNT(*) OVER (PARTITION BY game_date, team) AS games_of_the_date
    FROM (
      SELECT
        *,
        MAX(seconds) OVER (PARTITION BY game_date, game) AS most_seconds,
        MAX(points) OVER (PARTITION BY game_date, game) AS most_points
      FROM teams
    )
    WHERE most_seconds > 0 OR most_points > 0
  ),

  -- Five minutes of five players for each overtime. The period is not always told: then the overtimes
  -- are those that the longer side's minutes come closest to.
  sides AS (
    SELECT
      played.*,
      facts.differing,
      facts.strange_period,
      CASE played.team WHEN facts.home THEN facts.home_score WHEN facts.away THEN facts.away_score END
        AS score,
      IFNULL(played.team IN (facts.home, facts.away), FALSE) AS is_of_the_game,
      GREATEST(
        IF(
          facts.period BETWEEN 0 AND ${most_periods},
          facts.period - 4,
          CAST(ROUND((most_seconds / 60 - ${team_minutes}) / ${overtime_minutes}) AS INT64)),
        0) AS overtimes
    FROM played
    JOIN facts
      ON facts.game_date = played.game_date
      AND facts.game = played.game
  ),

  judged AS (
    SELECT
      *,
      ARRAY_TO_STRING([
        IF(NOT is_of_the_game, FORMAT('lines of %s, which is not one of its teams', IFNULL(team, 'no team')), NULL),
        IF(${is_unknown_team}, FORMAT('%s is no team that anybody knows', team), NULL),
        IF(games_of_the_date > 1, FORMAT('%s has %d games on this date', team, games_of_the_date), NULL),
        IF(players < ${team_players}, FORMAT('%d players of %s', players, team), NULL),
        IF(
          seconds / 60 NOT BETWEEN
            ${fewest_team_minutes} + ${overtime_minutes} * overtimes
              - ${overtime_slack_minutes} * LEAST(overtimes, 1)
            AND ${most_team_minutes} + ${overtime_minutes} * overtimes
              + ${overtime_slack_minutes} * LEAST(overtimes, 1),
          FORMAT('team minutes %.2f of %s', CAST(seconds / 60 AS FLOAT64), team),
          NULL),
        IF(
          IFNULL(points != score, TRUE),
          FORMAT('points of the lines %s are not the score %s of %s',
            CAST(points AS STRING), IFNULL(CAST(score AS STRING), 'that nobody knows'), team),
          NULL)
      ], ', ') AS problem
    FROM sides
  )

SELECT
  judged.game_date,
  judged.game,
  SUM(line_count) AS line_count,
  COUNT(*) AS team_count,
  ARRAY_TO_STRING([
    IF(COUNT(*) = 1, CONCAT('only one team, ', MAX(team)), NULL),
    STRING_AGG(NULLIF(problem, ''), ', ' ORDER BY team),
    MAX(CONCAT('lines of one moment differ about ', NULLIF(differing, ''))),
    MAX(strange_period),
    MAX(CONCAT('lines that contradict each other: ', doubts.players)),
    MAX(impossible_lines.players)
  ], '; ') AS refusal
FROM judged
LEFT JOIN doubts
  ON doubts.game_date = judged.game_date
  AND doubts.game = judged.game
LEFT JOIN impossible_lines
  ON impossible_lines.game_date = judged.game_date
  AND impossible_lines.game = judged.game
GROUP BY judged.game_date, judged.game
