-- What L3 says in two ways: one player in two places, one name for two people, two names for one, a
-- defence that faced other shots than were taken, and birth dates that the roster cannot mean. The job
-- believes none of them. And dates on which L3
-- and L1 say different things of a player of a game, whether he played, his team, points or minutes:
-- that is not settled, and the dates that have such a one in their history are named too.
WITH
  summaries AS (
    SELECT
      game_date,
      ${settled_game} AS game,
      game != ${settled_game} AS is_of_another_game,
      ${team_code} AS team,
      opponent_team_abbr,
      player_lookup,
      universal_player_id,
      ${valid_players_points} AS points,
      IF(minutes_played > 0, 60 * ${valid_players_minutes_played}, NULL) AS seconds,
      IFNULL(is_active AND minutes_played > 0, FALSE) AS played,
      ${has_key} AS has_key
    FROM (
      SELECT *, ${told_rows} AS told_rows
      FROM (
        SELECT *, ${player_game} AS game
        FROM `${player_table}`
        WHERE
          game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY)
          AND range_end
      )
    )
  ),

  appearances AS (
    SELECT *
    FROM summaries
    WHERE played
  ),

  judged_appearances AS (
    SELECT *
    FROM appearances
    WHERE has_key AND game_date IN (SELECT game_date FROM judged)
  ),

  lines AS (
    SELECT
      game_date,
      ${raw_game} AS game,
      ${team_code} AS team,
      player_lookup,
      points,
      REGEXP_CONTAINS(minutes, '[1-9]') AS played,
      60 * SAFE_CAST(REGEXP_EXTRACT(minutes, r'^([0-9]{1,3}):[0-9]{2}$') AS INT64)
        + SAFE_CAST(REGEXP_EXTRACT(minutes, r'^[0-9]{1,3}:([0-9]{2})$') AS INT64) AS seconds
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
      COUNT(IF(appearances.points IS NULL, NULL, lines.points)) > 0
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

  -- Who is in a game by each layer. Less than six seconds are no minutes of L3, which has tenths.
  players_of_games AS (
    SELECT
      game_date,
      game,
      player_lookup,
      ANY_VALUE(team) AS team,
      LOGICAL_OR(layer = 'L3' AND played) AS played_in_l3,
      LOGICAL_OR(layer = 'L1') AS is_in_l1,
      LOGICAL_OR(layer = 'L1' AND played AND IFNULL(seconds >= 6, TRUE)) AS played_in_l1
    FROM (
      SELECT 'L3' AS layer, game_date, game, team, player_lookup, played, seconds
      FROM summaries
      UNION ALL
      SELECT 'L1', game_date, game, team, player_lookup, played, seconds
      FROM lines
    )
    GROUP BY game_date, game, player_lookup
  ),

  -- A layer that has not the five players of a team has a gap there, and contradicts nobody.
  alone AS (
    SELECT
      game_date,
      player_lookup,
      played_in_l1 AND NOT played_in_l3
        AND COUNTIF(played_in_l3) OVER team_of_game > 0 AS is_in_l1_alone,
      played_in_l3 AND NOT is_in_l1
        AND COUNTIF(played_in_l1) OVER team_of_game >= 5 AS is_in_l3_alone
    FROM players_of_games
    WINDOW team_of_game AS (PARTITION BY game_date, game, team)
  ),

  -- What the zones of a defence add up to is scored; free throws come on top. Where points lack,
  -- nothing is denied.
  overdrawn AS (
    SELECT
      conceded.game_date,
      FORMAT('%s: %d points in the zones, %s scored',
        conceded.team, conceded.points, CAST(scored.total AS STRING)) AS figures
    FROM (
      SELECT
        game_date,
        ${defense_game} AS game,
        ${opponent_code} AS team,
        2 * (${valid_defense_opp_paint_makes} + ${valid_defense_opp_mid_range_makes})
          + 3 * ${valid_defense_opp_three_pt_makes} AS points
      FROM `${defense_table}`
      WHERE
        game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
    ) AS conceded
    JOIN (
      SELECT game_date, game, team, SUM(points) AS total
      FROM appearances
      GROUP BY game_date, game, team
      HAVING COUNTIF(points IS NULL) = 0 AND SUM(seconds) >= 60 * ${whole_team_minutes}
    ) AS scored
      ON scored.game_date = conceded.game_date
      AND scored.game = conceded.game
      AND scored.team = conceded.team
    WHERE conceded.points > scored.total
  ),

  -- What is not settled, and about whom. The rows of one team name the other, so a game has two.
  unsettled AS (
    SELECT
      game_date,
      'a player on another team than in L1' AS subject,
      'players' AS counted,
      player_lookup AS example
    FROM compared
    WHERE is_misplaced
    UNION ALL
    SELECT game_date, 'a player with other figures than in L1', 'players', figures
    FROM compared
    WHERE differs
    UNION ALL
    SELECT game_date, 'a player who played by L1 alone', 'players', player_lookup
    FROM alone
    WHERE is_in_l1_alone
    UNION ALL
    SELECT game_date, 'a player whom L1 does not list', 'players', player_lookup
    FROM alone
    WHERE is_in_l3_alone
    UNION ALL
    SELECT game_date, 'a defence that gave up more than was scored', 'teams', figures
    FROM overdrawn
    UNION ALL
    SELECT game_date, 'a game of one team alone', 'games', game
    FROM players_of_games
    GROUP BY game_date, game
    HAVING
      COUNT(DISTINCT IF(played_in_l3, team, NULL)) = 1
      OR COUNT(DISTINCT IF(played_in_l1, team, NULL)) = 1
  ),

  births AS (
    ${births}
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
      'a player against another team than his game has',
      game_date,
      FORMAT('%d players, %s', COUNT(*),
        MIN(FORMAT('%s of %s against %s', player_lookup, game, IFNULL(opponent_team_abbr, 'nobody'))))
    FROM judged_appearances
    WHERE is_of_another_game
    GROUP BY game_date
    UNION ALL
    SELECT
      'a player without a name or a game id',
      game_date,
      FORMAT('%d rows, %s', COUNT(*),
        MIN(FORMAT('%s of %s',
          IFNULL(NULLIF(TRIM(player_lookup), ''), 'nobody'), IFNULL(game, 'no game'))))
    FROM appearances
    WHERE NOT has_key AND game_date IN (SELECT game_date FROM judged)
    GROUP BY game_date
    UNION ALL
    SELECT
      'a player of no birth date that can be, or of two',
      game_date,
      FORMAT('%d players, %s', COUNT(*), MIN(player_lookup))
    FROM births
    WHERE finding IS NOT NULL
    GROUP BY game_date
    UNION ALL
    SELECT subject, game_date, FORMAT('%d %s, %s', COUNT(*), MIN(counted), MIN(example))
    FROM unsettled
    WHERE game_date IN (SELECT game_date FROM judged)
    GROUP BY subject, game_date
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
  'one person under two names', 'a player against another team than his game has',
  'a player without a name or a game id', 'a player of no birth date that can be, or of two',
  'a player on another team than in L1', 'a player with other figures than in L1',
  'a player who played by L1 alone', 'a player whom L1 does not list', 'a game of one team alone',
  'a defence that faced other shots than the players took',
  'a defence that gave up more than was scored', 'computed behind such a date'
]) AS subject
LEFT JOIN found
  USING (subject)
GROUP BY subject
