-- What L3 says in two ways: one player in two places, one name for two people, two names for one, a
-- defence that faced other shots than were taken. The job believes none of them. And dates on which L3
-- and L1 say different things of a player of a game, his team, points or minutes: that is not settled,
-- and the dates that have such a one in their history are named too.
WITH
  appearances AS (
    SELECT
      game_date,
      ${player_game} AS game,
      ${team_code} AS team,
      player_lookup,
      universal_player_id,
      ${valid_players_points} AS points,
      60 * ${valid_players_minutes_played} AS seconds
    FROM `${player_table}`
    WHERE
      game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
      AND is_active
      AND minutes_played > 0
  ),

  judged_appearances AS (
    SELECT *
    FROM appearances
    WHERE game_date IN (SELECT game_date FROM judged)
  ),

  lines AS (
    SELECT
      game_date,
      ${raw_game} AS game,
      ${team_code} AS team,
      player_lookup,
      points,
      60 * SAFE_CAST(REGEXP_EXTRACT(minutes, r'^([0-9]+):[0-9]{2}$') AS INT64)
        + SAFE_CAST(REGEXP_EXTRACT(minutes, r'^[0-9]+:([0-9]{2})$') AS INT64) AS seconds
    FROM `${raw_table}`
    WHERE
      game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
  ),

  -- L1 may have a line twice: one that agrees is enough. Its seconds may be cut off, to a minute.
  compared AS (
    SELECT
      appearances.game_date,
      appearances.player_lookup,
      COUNTIF(lines.team = appearances.team) = 0 AS is_misplaced,
      COUNT(lines.points - appearances.points) > 0
        AND COUNTIF(lines.points = appearances.points) = 0
        OR COUNT(lines.seconds - appearances.seconds) > 0
        AND COUNTIF(ABS(lines.seconds - appearances.seconds) <= 60) = 0 AS differs,
      FORMAT('%s has %s points in %s minutes, in L1 %s in %s',
        appearances.player_lookup,
        IFNULL(CAST(MIN(appearances.points) AS STRING), 'no'),
        IFNULL(CAST(ROUND(MIN(appearances.seconds) / 60, 1) AS STRING), 'no'),
        IFNULL(CAST(MIN(lines.points) AS STRING), 'no'),
        IFNULL(CAST(ROUND(MIN(lines.seconds) / 60, 1) AS STRING), 'no')) AS figures
    FROM appearances
    JOIN lines
      ON lines.game_date = appearances.game_date
      AND lines.game = appearances.game
      AND lines.player_lookup = appearances.player_lookup
    GROUP BY appearances.game_date, appearances.game, appearances.player_lookup
  ),

  unsettled AS (
    SELECT
      game_date,
      COUNTIF(is_misplaced) AS misplaced,
      MIN(IF(is_misplaced, player_lookup, NULL)) AS misplaced_example,
      COUNTIF(differs) AS different,
      MIN(IF(differs, figures, NULL)) AS different_example
    FROM compared
    WHERE is_misplaced OR differs
    GROUP BY game_date
  ),

  found AS (
    SELECT 'a player on two teams' AS subject, game_date, MIN(player_lookup) AS example
    FROM judged_appearances
    GROUP BY game_date, game, player_lookup
    HAVING MIN(team) != MAX(team)
    UNION ALL
    SELECT 'a player in two games', game_date, MIN(player_lookup)
    FROM judged_appearances
    GROUP BY game_date, player_lookup
    HAVING MIN(game) != MAX(game)
    UNION ALL
    SELECT 'two people under one name', game_date, MIN(player_lookup)
    FROM judged_appearances
    GROUP BY game_date, player_lookup
    HAVING MIN(universal_player_id) != MAX(universal_player_id)
    UNION ALL
    SELECT 'one person under two names', game_date, MIN(universal_player_id)
    FROM judged_appearances
    WHERE universal_player_id IS NOT NULL
    GROUP BY game_date, game, universal_player_id
    HAVING MIN(player_lookup) != MAX(player_lookup)
    UNION ALL
    SELECT
      one.subject,
      unsettled.game_date,
      FORMAT('%d players, %s', one.players, one.example)
    FROM unsettled
    CROSS JOIN UNNEST([
      STRUCT(
        'a player on another team than in L1' AS subject, misplaced AS players,
        misplaced_example AS example),
      STRUCT(
        'a player with other figures than in L1' AS subject, different AS players,
        different_example AS example)
    ]) AS one
    WHERE one.players > 0 AND unsettled.game_date IN (SELECT game_date FROM judged)
    UNION ALL
    SELECT
      'a defence that faced other shots than the players took',
      game_date,
      FORMAT('%s: %s of %s in the paint, %s of %s from mid-range, %s of %s threes',
        team,
        IFNULL(CAST(paint AS STRING), 'none'), CAST(paint_taken AS STRING),
        IFNULL(CAST(mid_range AS STRING), 'none'), CAST(mid_range_taken AS STRING),
        IFNULL(CAST(three_pt AS STRING), 'none'), CAST(three_pt_taken AS STRING))
    FROM (
      ${shots_faced}
    )
    WHERE game_date IN (SELECT game_date FROM judged)
    UNION ALL
    SELECT
      'computed behind such a date',
      behind.game_date,
      CONCAT('after ', CAST(MAX(unsettled.game_date) AS STRING))
    FROM dates AS behind
    JOIN unsettled
      ON unsettled.game_date < behind.game_date
      AND unsettled.game_date >= DATE_SUB(behind.game_date, INTERVAL ${stale_history_days} DAY)
    WHERE behind.l4_games > 0 AND behind.game_date IN (SELECT game_date FROM judged)
    GROUP BY behind.game_date
  )

SELECT
  subject,
  CAST(COUNT(found.game_date) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s %s', CAST(found.game_date AS STRING), found.example), '; '
      ORDER BY found.game_date LIMIT 30),
    '') AS detail
FROM UNNEST([
  'a player on two teams', 'a player in two games', 'two people under one name',
  'one person under two names', 'a player on another team than in L1',
  'a player with other figures than in L1',
  'a defence that faced other shots than the players took', 'computed behind such a date'
]) AS subject
LEFT JOIN found
  USING (subject)
GROUP BY subject
