-- What all lines of a game say of it. Only the newest deliveries count: a score may be corrected.
CREATE TEMP TABLE game_facts AS
WITH
  newest AS (
    SELECT *
    FROM delivered_lines
    QUALIFY rank() OVER (
      PARTITION BY game_date, game ORDER BY processed_at DESC NULLS LAST
    ) = 1
  )
SELECT
  game_date,
  game,
  max(home_team) AS home_team,
  max(away_team) AS away_team,
  max(home_team_score) AS home_score,
  max(away_team_score) AS away_score,
  max(period) AS period,
  min(home_team) != max(home_team) AS home_differs,
  min(home_team_score) != max(home_team_score) OR min(away_team_score) != max(away_team_score)
    AS score_differs,
  min(period) != max(period) AS period_differs
FROM newest
GROUP BY game_date, game;

CREATE TEMP TABLE sides AS
SELECT
  game_date,
  game,
  team_abbr,
  count(*) FILTER (nanoseconds > 0) AS players,
  CAST(coalesce(sum(nanoseconds), 0) AS HUGEINT) AS nanoseconds,
  CAST(sum(plays_used) AS HUGEINT) AS plays_used,
  CAST(sum(possessions) AS HUGEINT) AS possessions,
  sum(points) AS points,
  sum(three_pointers_attempted) AS three_pt_attempts,
  sum(three_pointers_made) AS three_pt_makes
FROM box_lines
GROUP BY game_date, game, team_abbr;

-- The gates of a side. Without a period the overtimes are those that the longer side's minutes come
-- closest to.
CREATE TEMP TABLE gated_sides AS
WITH
  -- A game without a minute and a point is listed only: postponed, or yet to come.
  played AS (
    SELECT *
    FROM sides
    WINDOW same AS (PARTITION BY game_date, game)
    QUALIFY max(nanoseconds) OVER same > 0 OR max(points) OVER same > 0
  ),
  scored AS (
    SELECT
      played.*,
      home_team,
      team_abbr = home_team AS home_game,
      CASE team_abbr WHEN home_team THEN home_score WHEN away_team THEN away_score END AS score,
      CASE team_abbr WHEN home_team THEN away_team WHEN away_team THEN home_team END AS opponent,
      greatest(
        coalesce(
          CASE WHEN period BETWEEN 0 AND ${most_periods} THEN period - 4 END,
          CAST(
            round(
              (max(nanoseconds) OVER (PARTITION BY game_date, game) / 60e9 - ${team_minutes})
              / ${overtime_minutes}
            ) AS BIGINT
          )
        ),
        0
      ) AS overtimes
    FROM played
    JOIN game_facts USING (game_date, game)
  ),
  bounded AS (
    SELECT
      *,
      ${overtime_minutes} * overtimes AS added,
      ${overtime_slack_minutes} * least(overtimes, 1) AS slack,
      ${fewest_team_minutes} + added - slack AS fewest,
      ${most_team_minutes} + added + slack AS most,
      count(*) OVER (PARTITION BY game_date, team_abbr) AS games_of_the_date
    FROM scored
  )
SELECT
  *,
  nullif(concat_ws('; ',
    CASE WHEN opponent IS NULL
      THEN format('lines of {}, which is not one of its teams', coalesce(team_abbr, 'no team')) END,
    CASE WHEN ${is_unknown_team}
      THEN format('{} is no team that anybody knows', team_abbr) END,
    CASE WHEN games_of_the_date > 1
      THEN format('{} has {} games on this date', team_abbr, games_of_the_date) END,
    CASE WHEN nanoseconds NOT BETWEEN fewest * 60000000000 AND most * 60000000000
      THEN format(
        'team minutes {:.2f} of {} outside {}…{}{}',
        CAST(nanoseconds AS DOUBLE) / 60e9, team_abbr, fewest, most,
        CASE overtimes WHEN 0 THEN '' ELSE format(' (overtimes: {})', overtimes) END
      ) END,
    CASE WHEN players < ${team_players} THEN format('{} players of {}', players, team_abbr) END,
    CASE
      WHEN score IS NULL THEN format('no score of {}', team_abbr)
      WHEN points != score
        THEN format('points of the lines {} are not the score {} of {}', points, score, team_abbr)
    END
  ), '') AS problem
FROM bounded;

-- A newer line moves a player to his team. Where that leaves a team incomplete, two people may have his name.
CREATE TEMP TABLE moved_players AS
SELECT
  game_date,
  game,
  format('{} plays for {}', player_lookup, array_to_string(list_sort(list(DISTINCT team_abbr)), ' and '))
    AS problem
FROM delivered_lines
WHERE nanoseconds > 0 AND player_lookup IS NOT NULL
GROUP BY game_date, game, player_lookup
HAVING count(DISTINCT team_abbr) > 1;

CREATE TEMP TABLE doubtful_players AS
SELECT game_date, game, format('lines of {} of one moment differ', player_lookup) AS problem
FROM box_lines
WHERE differs
UNION ALL
SELECT game_date, game, format('{} has {}', player_lookup, impossible)
FROM box_lines
WHERE impossible != ''
UNION ALL
SELECT game_date, game, format('a line of {} names no player', team_abbr)
FROM delivered_lines
WHERE player_lookup IS NULL AND nanoseconds > 0;

-- A player's line is a part of every figure of his team: what is wrong with one line, a game pays for.
CREATE TEMP TABLE refused_games AS
WITH
  problems AS (
    SELECT game_date, game, problem
    FROM gated_sides
    WHERE problem IS NOT NULL
    UNION ALL
    SELECT game_date, game, format('only one team, {}', any_value(team_abbr))
    FROM gated_sides
    GROUP BY game_date, game
    HAVING count(*) = 1
    UNION ALL
    SELECT game_date, game, unnest(named([
      CASE WHEN home_differs THEN 'lines of one moment differ about the home team' END,
      CASE WHEN score_differs THEN 'lines of one moment differ about the score' END,
      CASE WHEN period_differs THEN 'lines of one moment differ about the period' END,
      CASE WHEN period NOT BETWEEN 0 AND ${most_periods}
        THEN format('period {} outside 0…${most_periods}', period) END
    ]))
    FROM game_facts
    UNION ALL
    SELECT DISTINCT game_date, game, problem
    FROM doubtful_players
  ),
  told AS (
    FROM problems
    UNION ALL
    SELECT game_date, game, problem
    FROM moved_players
    SEMI JOIN problems USING (game_date, game)
  )
SELECT game_date, game, array_to_string(list_sort(list(problem)), '; ') AS reason
FROM told
WHERE (game_date, game) IN (SELECT (game_date, game) FROM gated_sides)
GROUP BY game_date, game;

-- One row per team of every game that may be written, the opponent's figures beside its own.
CREATE TEMP TABLE box_teams AS
SELECT
  own.game_date,
  own.game,
  format(
    '{}_{}_{}',
    strftime(own.game_date, '%Y%m%d'),
    CASE WHEN own.home_game THEN own.opponent ELSE own.team_abbr END,
    own.home_team
  ) AS game_id,
  year(own.game_date) - CAST(month(own.game_date) < 10 AS BIGINT) AS season_year,
  own.team_abbr,
  own.opponent AS opponent_team_abbr,
  own.home_game,
  own.nanoseconds,
  own.plays_used,
  own.possessions,
  own.points,
  other.possessions AS opp_possessions,
  other.points AS opp_points,
  other.three_pt_attempts AS opp_three_pt_attempts,
  other.three_pt_makes AS opp_three_pt_makes
FROM gated_sides AS own
JOIN gated_sides AS other
  ON other.game_date = own.game_date AND other.game = own.game AND other.team_abbr = own.opponent
ANTI JOIN refused_games
  ON refused_games.game_date = own.game_date AND refused_games.game = own.game;

-- Two ids for one name are two people: whose line it is, is unknown then.
CREATE TEMP TABLE known_ids AS
SELECT
  player_lookup,
  list_sort(list(DISTINCT universal_player_id)) AS ids,
  CASE WHEN len(ids) = 1 THEN ids[1] END AS universal_player_id
FROM player_ids
WHERE universal_player_id IS NOT NULL
GROUP BY player_lookup;
