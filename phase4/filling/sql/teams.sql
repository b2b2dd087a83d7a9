-- What the teams' games say as of each requested date, for every team, whether it plays or not.

CREATE TEMP TABLE days AS
SELECT DISTINCT game_date FROM targets;

-- Every game of a team that anybody is known to have played in.
CREATE TEMP TABLE team_games AS
SELECT team_abbr, game_date FROM appearances WHERE counts AND team_abbr != ''
UNION
SELECT opponent_team_abbr, game_date FROM appearances WHERE counts AND opponent_team_abbr != '';

CREATE TEMP TABLE team_days AS
WITH asked AS (
  SELECT days.game_date, teams.team_abbr
  FROM days
  CROSS JOIN (
    SELECT team_abbr FROM offense_games UNION SELECT team_abbr FROM defense_games
  ) AS teams
)
SELECT asked.game_date, asked.team_abbr, team_games.game_date AS last_game
FROM asked
ASOF LEFT JOIN team_games
  ON team_games.team_abbr = asked.team_abbr
  AND asked.game_date > team_games.game_date;

CREATE TEMP TABLE team_pace AS
WITH
  forms AS (
    SELECT
      team_abbr, game_date,
      CASE
        WHEN count(pace) OVER last_10 >= 5
          THEN CAST(sum(pace) OVER last_10 AS DOUBLE) / count(pace) OVER last_10
      END AS pace_last_10,
      max(game_date) FILTER (pace IS NOT NULL) OVER last_10 AS newest
    FROM offense_games
    WHERE counts
    WINDOW
      games AS (PARTITION BY team_abbr ORDER BY game_date, game_id),
      last_10 AS (games ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)
    QUALIFY lead(game_date) OVER games IS DISTINCT FROM game_date
  )

SELECT team_days.game_date, team_days.team_abbr, forms.pace_last_10
FROM team_days
ASOF JOIN forms
  ON forms.team_abbr = team_days.team_abbr
  AND team_days.game_date > forms.game_date
WHERE forms.pace_last_10 IS NOT NULL AND is_recent(forms.newest, team_days.last_game);

-- What each defence allowed over its last fifteen games: a share of makes per zone, where five of them say
-- something of it and one of those is recent.
CREATE TEMP TABLE defense_forms AS
WITH
  forms AS (
    SELECT
      team_abbr, game_date,
      count(three_pt_attempts) OVER last_15 AS games,
      CASE
        WHEN count(paint_attempts) OVER last_15 >= ${zones_games}
          THEN CAST(sum(paint_makes) OVER last_15 AS DOUBLE) / sum(paint_attempts) OVER last_15
      END AS paint,
      CASE
        WHEN count(mid_range_attempts) OVER last_15 >= ${zones_games}
          THEN CAST(sum(mid_range_makes) OVER last_15 AS DOUBLE) / sum(mid_range_attempts) OVER last_15
      END AS mid_range,
      CASE
        WHEN count(three_pt_attempts) OVER last_15 >= ${zones_games}
          THEN CAST(sum(three_pt_makes) OVER last_15 AS DOUBLE) / sum(three_pt_attempts) OVER last_15
      END AS three_pt,
      max(game_date) FILTER (paint_attempts IS NOT NULL) OVER last_15 AS paint_newest,
      max(game_date) FILTER (mid_range_attempts IS NOT NULL) OVER last_15 AS mid_range_newest,
      max(game_date) FILTER (three_pt_attempts IS NOT NULL) OVER last_15 AS three_pt_newest
    FROM defense_games
    WHERE counts
    WINDOW
      games AS (PARTITION BY team_abbr ORDER BY game_date, game_id),
      last_15 AS (games ROWS BETWEEN 14 PRECEDING AND CURRENT ROW)
    QUALIFY lead(game_date) OVER games IS DISTINCT FROM game_date
  )

SELECT
  team_days.game_date,
  team_days.team_abbr,
  forms.games,
  CASE WHEN is_recent(paint_newest, last_game) THEN paint END AS paint,
  CASE WHEN is_recent(mid_range_newest, last_game) THEN mid_range END AS mid_range,
  CASE WHEN is_recent(three_pt_newest, last_game) THEN three_pt END AS three_pt
FROM team_days
ASOF JOIN forms
  ON forms.team_abbr = team_days.team_abbr
  AND team_days.game_date > forms.game_date;

-- On the first date of a season no team has a figure: fewer than ten, as on the dates behind it.
CREATE TEMP TABLE league_defense AS
SELECT
  days.game_date,
  CASE WHEN count(paint) < 10 THEN 0.580 ELSE league_mean(paint) END AS paint,
  CASE WHEN count(mid_range) < 10 THEN 0.410 ELSE league_mean(mid_range) END AS mid_range,
  CASE WHEN count(three_pt) < 10 THEN 0.355 ELSE league_mean(three_pt) END AS three_pt
FROM days
LEFT JOIN defense_forms USING (game_date)
GROUP BY days.game_date;

CREATE TEMP TABLE team_defense AS
WITH
  figures AS (
    SELECT
      as_of.game_date, as_of.team_abbr,
      settled((as_of.paint - league.paint) * 100) AS paint,
      settled((as_of.mid_range - league.mid_range) * 100) AS mid_range,
      settled((as_of.three_pt - league.three_pt) * 100) AS three_pt
    FROM defense_forms AS as_of
    JOIN league_defense AS league USING (game_date)
  )

SELECT
  game_date, team_abbr,
  paint AS paint_defense_vs_league_avg,
  mid_range AS mid_range_defense_vs_league_avg,
  three_pt AS three_pt_defense_vs_league_avg,
  CASE greatest(paint, mid_range, three_pt)
    WHEN paint THEN 'paint'
    WHEN mid_range THEN 'mid_range'
    WHEN three_pt THEN 'perimeter'
  END AS weakest_zone
FROM figures
-- A defence of which one zone is unknown is none: which zone matters depends on the player.
WHERE paint IS NOT NULL AND mid_range IS NOT NULL AND three_pt IS NOT NULL;

-- Everything about a team on a date, whether or not all of it is known.
CREATE TEMP TABLE team_forms AS
WITH league AS (
  SELECT game_date, league_mean(pace_last_10) AS league_avg_pace
  FROM team_pace
  GROUP BY game_date
)
SELECT
  windows.*, league.league_avg_pace,
  team_pace.pace_last_10,
  team_defense.team_abbr IS NOT NULL AS has_defense,
  team_defense.* EXCLUDE (game_date, team_abbr)
FROM team_windows AS windows
LEFT JOIN league USING (game_date)
LEFT JOIN team_pace USING (game_date, team_abbr)
LEFT JOIN team_defense USING (game_date, team_abbr);
