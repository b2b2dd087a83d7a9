-- How complete the 30 days before each requested date are for each team (scenario C6).
-- A game is complete when players, offence and defence of the team are all in L3. Games that another
-- table knows are missing ones. Where no table knows a game for more than ten days (longer than any
-- pause of a real season outside the All-Star break), one game is due every second day.
-- A game without offence or defence is missing as long as a window of fifteen games reaches it.

CREATE TEMP TABLE team_windows AS
WITH
  sightings AS (
    -- One player of ten whose minutes got lost is usual; two of ten are not.
    SELECT
      team_abbr, game_date,
      CASE
        WHEN count(*) FILTER (is_played) * 100 > 80 * count(*) THEN 'players'
        ELSE 'unclear players'
      END AS source
    FROM appearances
    WHERE counts
    GROUP BY team_abbr, game_date
    UNION ALL
    SELECT team_abbr, game_date, CASE WHEN pace IS NULL THEN 'no pace' ELSE 'offense' END
    FROM offense_games
    WHERE counts
    UNION ALL
    SELECT
      team_abbr, game_date,
      CASE WHEN broken IS NULL AND three_pt_attempts IS NOT NULL THEN 'defense' ELSE 'no shots' END
    FROM defense_games
    WHERE counts
    UNION ALL
    SELECT team_abbr, game_date, 'boxscores' FROM boxscore_games WHERE counts
  ),

  games AS (
    SELECT
      team_abbr, game_date,
      bool_or(source = 'players') AND bool_or(source = 'offense') AND bool_or(source = 'defense')
        AS is_complete,
      bool_or(source LIKE '%players') AND NOT is_complete AS lacks_figures,
      lead(game_date, ${defense_games}) OVER (PARTITION BY team_abbr ORDER BY game_date) AS left_on
    FROM sightings
    GROUP BY team_abbr, game_date
  ),

  team_days AS (
    SELECT game_date, team_abbr FROM targets
    UNION
    SELECT game_date, opponent_team_abbr FROM targets
  ),

  -- Before its first game a team is known from the day before the opener.
  anchored AS (
    SELECT * FROM games
    UNION ALL
    SELECT DISTINCT team_abbr, opener - 1, CAST(NULL AS BOOLEAN), FALSE, CAST(NULL AS DATE)
    FROM team_days CROSS JOIN scope
  ),

  spans AS (
    SELECT
      anchored.*, all_star_start, all_star_end,
      coalesce(lead(game_date) OVER (
        PARTITION BY team_abbr ORDER BY game_date
      ), DATE '9999-12-31') AS next_date,
      CASE WHEN lacks_figures THEN coalesce(left_on, DATE '9999-12-31') ELSE next_date END
        AS reached_until
    FROM anchored CROSS JOIN scope
  ),

  in_window AS (
    SELECT
      team_days.game_date AS as_of, team_days.team_abbr,
      spans.game_date >= team_days.game_date - 30 AS is_recent,
      is_recent OR spans.lacks_figures AND spans.reached_until >= team_days.game_date AS is_inside,
      spans.is_complete,
      least(spans.next_date, team_days.game_date) AS span_end,
      greatest(spans.game_date, team_days.game_date - 31) AS span_start,
      span_end - spans.game_date
        - free_days(spans.game_date, span_end, all_star_start, all_star_end) AS gap,
      span_end - span_start - 1
        - free_days(span_start, span_end, all_star_start, all_star_end) AS dark_days
    FROM team_days
    JOIN spans
      ON spans.team_abbr = team_days.team_abbr
      AND spans.game_date < team_days.game_date
      AND greatest(spans.next_date, spans.reached_until) >= team_days.game_date - 30
  )

SELECT
  as_of AS game_date, team_abbr,
  count(*) FILTER (is_inside AND is_complete) AS complete_games,
  count(*) FILTER (is_inside AND NOT is_complete)
    + coalesce(sum(greatest(dark_days, 0) // 2) FILTER (gap > 10), 0) AS missing_games,
  count(*) FILTER (is_inside AND NOT is_recent) AS older_games
FROM in_window
GROUP BY as_of, team_abbr;
