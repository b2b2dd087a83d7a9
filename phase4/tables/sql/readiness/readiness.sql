-- Of the team-games that the windows of a date need, how many have figures, by source. needed, found: for
-- the teams that play on the date; league_…: for all teams, of which the league's means are made. `shortfall` says what lacks, and is empty when nothing does.
-- A row without zones, made of a box score, is there; but when the windows have zones of fewer games than
-- a defence is made of, no defence can be.
-- Written for BigQuery and DuckDB.
WITH
  teams AS (
    ${team_games}
  ),

  figures AS (
    ${team_figures}
  ),

  -- All that is asked of a team's game, and whether it is there.
  asked AS (
    SELECT
      sources.source,
      teams.season_year,
      teams.game_date,
      teams.team,
      sources.is_pace,
      IF(figures.team IS NULL, 0, 1) AS found,
      IF(IFNULL(figures.has_zones, FALSE), 1, 0) AS zoned
    FROM teams
    CROSS JOIN (
      SELECT 'team_offense_game_summary' AS source, TRUE AS is_pace
      UNION ALL
      SELECT 'team_defense_game_summary', FALSE
    ) AS sources
    LEFT JOIN figures
      ON figures.source = sources.source
      AND figures.game_date = teams.game_date
      AND figures.team = teams.team
  ),

  -- A game enters its team's window, and the one that falls out of it leaves. `left_on` is the last
  -- date whose window still reaches this game.
  windows AS (
    SELECT
      source,
      is_pace,
      season_year,
      game_date,
      found,
      LEAST(ROW_NUMBER() OVER games - 1, IF(is_pace, ${pace_games}, ${defense_games})) AS needed_before,
      IFNULL(IF(is_pace, SUM(found) OVER pace, SUM(found) OVER defense), 0) AS found_before,
      IFNULL(IF(is_pace, 0, SUM(zoned) OVER defense), 0) AS zoned_before,
      IF(is_pace, LAG(found, ${pace_games}) OVER games, LAG(found, ${defense_games}) OVER games)
        AS leaving,
      IF(
        is_pace,
        LEAD(game_date, ${pace_games}) OVER games,
        LEAD(game_date, ${defense_games}) OVER games) AS left_on
    FROM asked
    WINDOW
      games AS (PARTITION BY source, season_year, team ORDER BY game_date),
      pace AS (games ROWS BETWEEN ${pace_games} PRECEDING AND 1 PRECEDING),
      defense AS (games ROWS BETWEEN ${defense_games} PRECEDING AND 1 PRECEDING)
  ),

  by_date AS (
    SELECT
      source,
      is_pace,
      season_year,
      game_date,
      COUNT(*) AS teams,
      SUM(found) AS found_teams,
      SUM(needed_before) AS needed,
      SUM(found_before) AS found,
      SUM(zoned_before) AS zoned,
      SUM(IF(leaving IS NULL, 1, 0)) AS entered,
      SUM(found - IFNULL(leaving, 0)) AS gained,
      MAX(IF(found = 0, IFNULL(left_on, DATE '9999-12-31'), NULL)) AS missed_until
    FROM windows
    GROUP BY source, is_pace, season_year, game_date
  ),

  league AS (
    SELECT
      *,
      IFNULL(SUM(entered) OVER earlier, 0) AS league_needed,
      IFNULL(SUM(gained) OVER earlier, 0) AS league_found
    FROM by_date
    WINDOW earlier AS (
      PARTITION BY source, season_year ORDER BY game_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ),

  -- The dates with gaps as far as the windows of a date reach.
  behind AS (
    SELECT
      league.source,
      league.game_date,
      league.needed,
      league.found,
      league.zoned,
      -- A figure of a defence needs ${zones_games} games of every team: before that nothing is asked.
      NOT league.is_pace
        AND league.needed >= ${zones_games} * league.teams
        AND league.zoned * ${defense_games} < league.needed * ${zones_games} AS lacks_zones,
      league.league_needed,
      league.league_found,
      IF(
        gaps.game_date IS NULL,
        NULL,
        CONCAT(
          CAST(gaps.found_teams AS STRING), ' of ', CAST(gaps.teams AS STRING), ' teams on ',
          CAST(gaps.game_date AS STRING))) AS gap,
      CONCAT(CAST(gaps.game_date AS STRING), ' ', CAST(gaps.teams - gaps.found_teams AS STRING))
        AS gap_and_teams,
      ROW_NUMBER() OVER (PARTITION BY league.source, league.game_date ORDER BY gaps.game_date)
        AS place
    FROM league
    LEFT JOIN by_date AS gaps
      ON gaps.source = league.source
      AND gaps.season_year = league.season_year
      AND gaps.game_date < league.game_date
      AND gaps.missed_until >= league.game_date
    WHERE league.${requested}
  ),

  shares AS (
    SELECT
      source,
      game_date,
      CAST(MAX(needed) AS INT64) AS needed,
      CAST(MAX(found) AS INT64) AS found,
      CAST(MAX(zoned) AS INT64) AS zoned,
      MAX(IF(lacks_zones, 1, 0)) = 1 AS lacks_zones,
      CAST(MAX(league_needed) AS INT64) AS league_needed,
      CAST(MAX(league_found) AS INT64) AS league_found,
      IF(MAX(needed) = 0, 100, 100 * MAX(found) / MAX(needed)) AS share,
      IF(MAX(league_needed) = 0, 100, 100 * MAX(league_found) / MAX(league_needed))
        AS league_share,
      COUNT(gap) AS gap_dates,
      STRING_AGG(IF(place <= ${sample}, gap, NULL), ', ' ORDER BY place) AS gaps,
      STRING_AGG(gap_and_teams, ',' ORDER BY place) AS all_gaps
    FROM behind
    GROUP BY source, game_date
  )

SELECT
  source,
  game_date,
  needed,
  found,
  league_needed,
  league_found,
  IF(lacks_zones AND LEAST(share, league_share) >= ${minimum_pct},
    100 * zoned / NULLIF(needed, 0), LEAST(share, league_share)) AS input_pct,
  LEAST(share, league_share) >= ${minimum_pct} AND NOT lacks_zones AS is_ready,
  CASE
    WHEN lacks_zones AND LEAST(share, league_share) >= ${minimum_pct}
      THEN CONCAT(
        source, ' has zones of ', CAST(zoned AS STRING), ' of ', CAST(needed AS STRING),
        ' team-games that the windows need')
    WHEN gap_dates = 0 THEN ''
    ELSE CONCAT(
      source,
      ' has ',
      IF(
        share <= league_share,
        CONCAT(
          CAST(found AS STRING), ' of ', CAST(needed AS STRING),
          ' team-games that the windows need: '),
        CONCAT(
          CAST(league_found AS STRING), ' of ', CAST(league_needed AS STRING),
          ' team-games that the windows of all teams need: ')),
      gaps,
      IF(gap_dates > ${sample}, CONCAT(' … (', CAST(gap_dates AS STRING), ' dates)'), ''))
  END AS shortfall,
  -- Each date with a gap and how many teams lack there: 2024-12-04 2,2024-12-06 1
  all_gaps
FROM shares
