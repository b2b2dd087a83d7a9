-- What L3 and L1 say in two ways of a player or of a team of a game, in the range and in the weeks before
-- it that windows reach. Nobody decides between them.
CREATE OR REPLACE TEMP TABLE player_summaries AS
SELECT
  game_date,
  game,
  told_game != game AS is_of_another_game,
  ${team_code} AS team,
  opponent_team_abbr,
  player_lookup,
  universal_player_id,
  ${valid_players_points} AS points,
  IF(minutes_played > 0, 60 * ${valid_players_minutes_played}, NULL) AS seconds,
  ${valid_players_usage_rate} AS usage,
  fg_attempts,
  is_newest AND IFNULL(is_active AND minutes_played > 0, FALSE) AS played,
  -- By any copy of his row: who he is, none of them takes back.
  IFNULL(is_active AND minutes_played > 0, FALSE) AS ever_played,
  is_newest AND ${unclear_player} AS is_unclear,
  ${has_key} AS has_key
FROM (
  SELECT *, ${newest_copy} AS is_newest
  FROM (
    ${settled_behind}
  )
);

CREATE OR REPLACE TEMP TABLE l1_lines AS
SELECT
  * EXCEPT (processed_at),
  ROW_NUMBER() OVER (
    PARTITION BY game_date, player_lookup, game ORDER BY processed_at DESC
  ) = 1 AS is_newest
FROM (
  SELECT
    game_date,
    ${coded_game} AS game,
    ${team_code} AS team,
    player_lookup,
    points,
    ${has_minutes} AS played,
    60 * SAFE_CAST(REGEXP_EXTRACT(minutes, r'^([0-9]{1,3}):[0-9]{2}$') AS INT64)
      + SAFE_CAST(REGEXP_EXTRACT(minutes, r'^[0-9]{1,3}:([0-9]{2})$') AS INT64) AS seconds,
    -- A float first: no absurd figure runs over.
    0.44 * IFNULL(free_throws_attempted, 0) + IFNULL(field_goals_attempted, 0)
      + IFNULL(turnovers, 0) AS plays,
    IFNULL(offensive_rebounds, 0) AS plays_regained,
    CAST(field_goals_made AS FLOAT64) AS makes,
    CAST(three_pointers_made AS FLOAT64) AS three_makes,
    CAST(three_pointers_attempted AS FLOAT64) AS threes,
    processed_at
  FROM (
    SELECT *, ${raw_codes}
    FROM `${raw_table}`
    WHERE
      game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
  )
);

-- What the lines of each team of a game add up to. The minutes are L3's: L1 cuts them off.
CREATE OR REPLACE TEMP TABLE team_sums AS
SELECT
  game_date,
  game,
  team,
  SUM(l1_lines.plays) AS plays,
  SUM(l1_lines.plays - l1_lines.plays_regained) AS possessions,
  SUM(l1_lines.makes) AS makes,
  SUM(l1_lines.three_makes) AS three_makes,
  SUM(l1_lines.threes) AS threes,
  SUM(appearances.seconds) AS seconds,
  LOGICAL_OR(IFNULL(appearances.is_unclear, FALSE)) AS is_unclear,
  COUNTIF(l1_lines.played AND l1_lines.seconds >= 6 AND appearances.seconds IS NULL) AS lacking
FROM (
  SELECT
    game_date,
    game,
    team,
    player_lookup,
    MAX(IF(played, seconds, NULL)) AS seconds,
    LOGICAL_OR(is_unclear OR played AND seconds IS NULL) AS is_unclear
  FROM player_summaries
  WHERE played OR is_unclear
  GROUP BY game_date, game, team, player_lookup
) AS appearances
FULL JOIN (
  SELECT *
  FROM l1_lines
  WHERE is_newest
) AS l1_lines
  USING (game_date, game, team, player_lookup)
GROUP BY game_date, game, team;

-- The teams of which L3 tells whole minutes, of everybody who played, and L1 plays, with the possessions
-- of both of a game.
CREATE OR REPLACE TEMP TABLE team_plays AS
SELECT
  *,
  SUM(possessions) OVER game_of_team AS game_possessions,
  COUNT(*) OVER game_of_team AS teams_of_game
FROM team_sums
WHERE lacking = 0 AND seconds >= 60 * ${whole_team_minutes} AND plays > 0
WINDOW game_of_team AS (PARTITION BY game_date, game);

-- What is not settled, and about whom. The rows of one team name the other, so a game has two.
CREATE OR REPLACE TEMP TABLE unsettled AS
WITH
  appearances AS (
    SELECT *
    FROM player_summaries
    WHERE played
  ),

  -- L1 may have a line twice: one that agrees is enough. Its seconds may be cut off, to a minute.
  compared AS (
    SELECT
      appearances.game_date,
      appearances.player_lookup,
      COUNTIF(l1_lines.team = appearances.team) = 0 AS is_misplaced,
      COUNT(IF(appearances.points IS NULL, NULL, l1_lines.points)) > 0
        AND COUNTIF(l1_lines.points = appearances.points) = 0
        OR COUNT(l1_lines.seconds - appearances.seconds) > 0
        AND COUNTIF(ABS(l1_lines.seconds - appearances.seconds) <= 60) = 0 AS differs,
      FORMAT('%s has %s points in %s minutes, in L1 %s in %s',
        appearances.player_lookup,
        IFNULL(CAST(MIN(appearances.points) AS STRING), 'no'),
        IFNULL(CAST(ROUND(MIN(appearances.seconds) / 60, 1) AS STRING), 'no'),
        IFNULL(CAST(MIN(l1_lines.points) AS STRING), 'no'),
        IFNULL(CAST(ROUND(MIN(l1_lines.seconds) / 60, 1) AS STRING), 'no')) AS figures
    FROM appearances
    JOIN l1_lines
      ON l1_lines.game_date = appearances.game_date
      AND l1_lines.game = appearances.game
      AND l1_lines.player_lookup = appearances.player_lookup
    GROUP BY appearances.game_date, appearances.game, appearances.player_lookup
  ),

  -- Usage, possessions and pace are computed from L1 (layers.md, section 3). Rounded minutes put a usage
  -- off by less than 1 % and a pace by less than 0.3, in 67,464 and 6,298 real ones: what is off by more
  -- was computed otherwise, or from lines that L1 has corrected since.
  miscounted_players AS (
    SELECT
      game_date,
      FORMAT('%s has a usage of %.2f, by L1 %.2f', player_lookup, usage, l1_usage) AS figures
    FROM (
      SELECT
        appearances.game_date,
        appearances.player_lookup,
        appearances.usage,
        20 * SAFE_DIVIDE(
          l1_lines.plays * team_plays.seconds, l1_lines.seconds * team_plays.plays) AS l1_usage
      FROM appearances
      JOIN l1_lines
        ON l1_lines.game_date = appearances.game_date
        AND l1_lines.game = appearances.game
        AND l1_lines.player_lookup = appearances.player_lookup
        AND l1_lines.team = appearances.team
      JOIN team_plays
        ON team_plays.game_date = l1_lines.game_date
        AND team_plays.game = l1_lines.game
        AND team_plays.team = l1_lines.team
      WHERE
        is_newest
        AND l1_lines.seconds > 0
        AND ABS(l1_lines.seconds - appearances.seconds) <= 3
    )
    WHERE ABS(usage - l1_usage) > 0.1 + 0.01 * l1_usage
  ),

  miscounted_teams AS (
    SELECT
      told.game_date,
      FORMAT('%s has %s possessions and a pace of %s, by L1 %.0f and %.1f',
        told.team,
        IFNULL(CAST(told.possessions AS STRING), 'no'),
        IFNULL(FORMAT('%.1f', told.pace), 'none'),
        team_plays.possessions,
        7200 * game_possessions / seconds) AS figures
    FROM (
      ${offense_lines}
    ) AS told
    JOIN team_plays
      ON team_plays.game_date = told.game_date
      AND team_plays.game = told.game
      AND team_plays.team = told.team
    WHERE
      teams_of_game = 2
      AND (
        ABS(told.pace - 7200 * game_possessions / seconds) > 0.5
        OR ABS(told.possessions - team_plays.possessions) > 1
      )
  ),

  -- No other lines than L1's make the threes of a defence (layers.md, section 3): they are the same in
  -- 6,298 real ones. All zones together are off by eight makes at most there.
  miscounted_defences AS (
    SELECT
      game_date,
      FORMAT('%s gave up %d makes, %d of them threes, by L1 %.0f and %.0f',
        team, told.makes, told.three_makes, team_plays.makes, team_plays.three_makes) AS figures
    FROM (
      SELECT
        game_date,
        ${coded_game} AS game,
        other_code AS team,
        ${valid_defense_opp_three_pt_makes} AS three_makes,
        ${valid_defense_opp_paint_makes} + ${valid_defense_opp_mid_range_makes}
          + ${valid_defense_opp_three_pt_makes} AS makes
      FROM (
        SELECT *, ${defense_codes}
        FROM `${defense_table}`
        WHERE
          game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
      )
    ) AS told
    JOIN team_plays
      USING (game_date, game, team)
    WHERE
      team_plays.threes > 0
      AND (told.three_makes != team_plays.three_makes OR ABS(told.makes - team_plays.makes) > 8)
  ),

  -- A layer that copies a game while it is played has it whole: every player, with half of his minutes.
  -- Where one layer lacks a player, or his minutes, that is said of him.
  unfinished AS (
    SELECT
      game_date,
      FORMAT('%s of %s has %.1f minutes', team, game, seconds / 60) AS figures
    FROM (
      SELECT
        *,
        GREATEST(ROUND((seconds / 60 - ${team_minutes}) / ${overtime_minutes}), 0) AS overtimes
      FROM team_sums
      WHERE lacking = 0 AND NOT is_unclear AND seconds > 0
    )
    WHERE
      NOT (${is_exhibition_date})
      AND seconds / 60 - ${overtime_minutes} * overtimes NOT BETWEEN
        ${fewest_team_minutes} - ${overtime_slack_minutes} * LEAST(overtimes, 1)
        AND ${most_team_minutes} + ${overtime_slack_minutes} * LEAST(overtimes, 1)
  ),

  -- On real dates of five games and more the paint was ahead by six points at least; of the 491 with
  -- fewer, too, it was behind on four, of one or two games each.
  exchanged_zones AS (
    SELECT
      game_date,
      FORMAT('%d defences: %.1f %% in the paint, %.1f %% from mid-range',
        COUNT(*), 100 * SAFE_DIVIDE(SUM(paint_makes), SUM(paint_attempts)),
        100 * SAFE_DIVIDE(SUM(mid_range_makes), SUM(mid_range_attempts))) AS figures
    FROM (
      SELECT
        game_date,
        ${valid_defense_opp_paint_makes} AS paint_makes,
        ${valid_defense_opp_paint_attempts} AS paint_attempts,
        ${valid_defense_opp_mid_range_makes} AS mid_range_makes,
        ${valid_defense_opp_mid_range_attempts} AS mid_range_attempts
      FROM `${defense_table}`
      WHERE
        game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
    )
    WHERE paint_attempts + mid_range_attempts > 0 AND NOT (${is_exhibition_date})
    GROUP BY game_date
    HAVING
      COUNT(*) >= 10
      AND SUM(paint_makes) * SUM(mid_range_attempts) <= SUM(mid_range_makes) * SUM(paint_attempts)
  ),

  -- Who is in a game by each layer. Less than six seconds are no minutes of L3, which has tenths.
  players_of_games AS (
    SELECT
      game_date,
      game,
      player_lookup,
      IFNULL(MIN(IF(layer = 'L3', team, NULL)), MIN(team)) AS team,
      LOGICAL_OR(layer = 'L3' AND played) AS played_in_l3,
      LOGICAL_OR(layer = 'L1') AS is_in_l1,
      LOGICAL_OR(layer = 'L1' AND played AND IFNULL(seconds >= 6, TRUE)) AS played_in_l1
    FROM (
      SELECT 'L3' AS layer, game_date, game, team, player_lookup, played, seconds
      FROM player_summaries
      UNION ALL
      SELECT 'L1', game_date, game, team, player_lookup, played, seconds
      FROM l1_lines
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
        ${coded_game} AS game,
        other_code AS team,
        2 * (${valid_defense_opp_paint_makes} + ${valid_defense_opp_mid_range_makes})
          + 3 * ${valid_defense_opp_three_pt_makes} AS points
      FROM (
        SELECT *, ${defense_codes}
        FROM `${defense_table}`
        WHERE
          game_date BETWEEN DATE_SUB(range_start, INTERVAL ${stale_history_days} DAY) AND range_end
      )
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
  )

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
SELECT game_date, 'a player with another usage than L1 gives', 'players', figures
FROM miscounted_players
UNION ALL
SELECT game_date, 'a team with other figures than L1 gives', 'teams', figures
FROM miscounted_teams
UNION ALL
SELECT game_date, 'a defence that gave up more than was scored', 'teams', figures
FROM overdrawn
UNION ALL
SELECT game_date, 'a defence with other makes than L1 gives', 'teams', figures
FROM miscounted_defences
UNION ALL
SELECT game_date, 'a team with minutes that no game has', 'teams', figures
FROM unfinished
UNION ALL
SELECT game_date, 'zones exchanged: fewer makes in the paint than from mid-range', 'dates', figures
FROM exchanged_zones
UNION ALL
SELECT game_date, 'a game of one team alone', 'games', game
FROM players_of_games
GROUP BY game_date, game
HAVING
  COUNT(DISTINCT IF(played_in_l3, team, NULL)) = 1
  OR COUNT(DISTINCT IF(played_in_l1, team, NULL)) = 1;
