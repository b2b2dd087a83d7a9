-- The limit: the features of domain.md sections 2 and 3 as one plain statement over whole tables that
-- are taken as clean (players, offense, defense, roster, seasons): no duplicates, no poison, no window
-- completeness, one statement for everything.
WITH
  played AS (
    SELECT
      players.*,
      game_date - DATE '1970-01-01' AS day,
      CASE WHEN usage_rate BETWEEN 0 AND 100 THEN usage_rate END AS usage
    FROM players JOIN seasons USING (season_year)
    WHERE is_active AND minutes_played > 0
      AND game_date >= opener AND game_date NOT BETWEEN all_star_start AND all_star_end
  ),

  rested AS (
    SELECT
      *,
      max(game_date) OVER earlier AS last_played,
      max(game_date) FILTER (usage IS NOT NULL) OVER earlier AS usage_as_of,
      max(game_date) FILTER (paint_attempts IS NOT NULL AND mid_range_attempts IS NOT NULL)
        OVER earlier AS zones_as_of,
      count(*) OVER week AS week_games,
      coalesce(sum(minutes_played) OVER week, 0) AS week_minutes
    FROM played
    WINDOW
      earlier AS (
        PARTITION BY season_year, player_lookup ORDER BY day
        RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ),
      week AS (
        PARTITION BY season_year, player_lookup ORDER BY day
        RANGE BETWEEN 6 PRECEDING AND 1 PRECEDING
      )
  ),

  loads AS (
    SELECT
      *,
      count(*) FILTER (last_played = game_date - 1) OVER (
        PARTITION BY season_year, player_lookup ORDER BY day
        RANGE BETWEEN 12 PRECEDING AND 1 PRECEDING
      ) AS pairs
    FROM rested
  ),

  usages AS (
    SELECT
      player_lookup, game_date,
      avg(usage) OVER last_7 AS avg_usage,
      CASE WHEN count(*) OVER last_3 = 3 THEN avg(usage) OVER last_3 END AS projected_usage
    FROM played
    WHERE usage IS NOT NULL
    WINDOW
      games AS (PARTITION BY season_year, player_lookup ORDER BY game_date, game_id),
      last_7 AS (games ROWS BETWEEN 6 PRECEDING AND CURRENT ROW),
      last_3 AS (games ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
  ),

  zones AS (
    SELECT
      player_lookup, game_date,
      count(*) OVER last_10 AS games,
      sum(paint_attempts) OVER last_10 AS paint,
      sum(mid_range_attempts) OVER last_10 AS mid,
      sum(three_pt_attempts) OVER last_10 AS three,
      nullif(paint + mid + three, 0) AS attempts
    FROM played
    WHERE paint_attempts IS NOT NULL AND mid_range_attempts IS NOT NULL
    WINDOW last_10 AS (
      PARTITION BY season_year, player_lookup ORDER BY game_date, game_id
      ROWS BETWEEN 9 PRECEDING AND CURRENT ROW
    )
  ),

  days AS (SELECT DISTINCT season_year, game_date FROM played),

  paces AS (
    SELECT
      season_year, team_abbr, game_date,
      CASE WHEN count(*) OVER last_10 >= 5 THEN avg(pace) OVER last_10 END AS pace
    FROM offense
    WINDOW last_10 AS (
      PARTITION BY season_year, team_abbr ORDER BY game_date, game_id
      ROWS BETWEEN 9 PRECEDING AND CURRENT ROW
    )
  ),

  paces_as_of AS (
    SELECT days.game_date, teams.team_abbr, paces.pace
    FROM days
    JOIN (SELECT DISTINCT season_year, team_abbr FROM offense) AS teams USING (season_year)
    ASOF JOIN paces
      ON paces.season_year = days.season_year AND paces.team_abbr = teams.team_abbr
      AND days.game_date > paces.game_date
  ),

  league_paces AS (SELECT game_date, avg(pace) AS pace FROM paces_as_of GROUP BY game_date),

  shots AS (
    SELECT
      season_year, defending_team_abbr AS team_abbr, game_date,
      sum(opp_paint_makes) OVER last_15 / sum(opp_paint_attempts) OVER last_15 AS paint,
      sum(opp_mid_range_makes) OVER last_15 / sum(opp_mid_range_attempts) OVER last_15 AS mid,
      sum(opp_three_pt_makes) OVER last_15 / sum(opp_three_pt_attempts) OVER last_15 AS three
    FROM defense
    WINDOW last_15 AS (
      PARTITION BY season_year, defending_team_abbr ORDER BY game_date, game_id
      ROWS BETWEEN 14 PRECEDING AND CURRENT ROW
    )
    QUALIFY count(*) OVER last_15 >= 5
  ),

  shots_as_of AS (
    SELECT days.game_date, teams.team_abbr, shots.paint, shots.mid, shots.three
    FROM days
    JOIN (SELECT DISTINCT season_year, team_abbr FROM offense) AS teams USING (season_year)
    ASOF JOIN shots
      ON shots.season_year = days.season_year AND shots.team_abbr = teams.team_abbr
      AND days.game_date > shots.game_date
  ),

  league_shots AS (
    SELECT
      game_date,
      CASE WHEN count(paint) < 10 THEN 0.580 ELSE avg(paint) END AS paint,
      CASE WHEN count(mid) < 10 THEN 0.410 ELSE avg(mid) END AS mid,
      CASE WHEN count(three) < 10 THEN 0.355 ELSE avg(three) END AS three
    FROM shots_as_of GROUP BY game_date
  ),

  totals AS (
    SELECT
      season_year, player_lookup, team_abbr, game_date,
      count(*) OVER so_far AS games,
      sum(points) OVER so_far / games AS ppg,
      sum(minutes_played) OVER so_far / games AS mpg,
      lead(game_date) OVER (
        PARTITION BY season_year, player_lookup ORDER BY game_date, game_id
      ) AS next_date
    FROM played
    WINDOW so_far AS (
      PARTITION BY season_year, player_lookup ORDER BY game_date, game_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  ),

  stars AS (
    SELECT
      season_year, player_lookup, team_abbr, game_date AS since,
      least(coalesce(next_date, game_date + 30), game_date + 30) AS until
    FROM totals
    WHERE games >= 10 AND (ppg >= 18 OR (mpg >= 28 AND ppg >= 12))
  ),

  stars_out AS (
    SELECT team_games.game_id, team_games.team_abbr, count(*) AS stars
    FROM (SELECT DISTINCT season_year, game_date, game_id, team_abbr FROM played) AS team_games
    JOIN stars
      ON stars.season_year = team_games.season_year AND stars.team_abbr = team_games.team_abbr
      AND stars.since < team_games.game_date AND stars.until >= team_games.game_date
    ANTI JOIN played
      ON played.game_id = team_games.game_id AND played.player_lookup = stars.player_lookup
    GROUP BY team_games.game_id, team_games.team_abbr
  ),

  contexts AS (
    SELECT
      loads.player_lookup, loads.universal_player_id, loads.game_date, loads.game_id,
      loads.game_date - loads.last_played - 1 AS days_rest,
      loads.last_played = loads.game_date - 1 AS back_to_back,
      loads.week_games, loads.week_minutes, loads.week_minutes / nullif(loads.week_games, 0) AS week_average,
      loads.pairs,
      date_sub('year', roster.birth_date, loads.game_date) AS age,
      usages.avg_usage, usages.projected_usage, coalesce(stars_out.stars, 0) AS stars,
      (own.pace + opponent.pace) / 2 - league_paces.pace AS pace_differential,
      opponent.pace AS opponent_pace, league_paces.pace AS league_pace,
      CASE WHEN zones.games >= 5 THEN 100.0 * zones.paint / attempts END AS paint_rate,
      CASE WHEN zones.games >= 5 THEN 100.0 * zones.mid / attempts END AS mid_rate,
      CASE WHEN zones.games >= 5 THEN 100.0 * zones.three / attempts END AS three_rate,
      100 * (shots_as_of.paint - league_shots.paint) AS paint_defense,
      100 * (shots_as_of.mid - league_shots.mid) AS mid_defense,
      100 * (shots_as_of.three - league_shots.three) AS three_defense
    FROM loads
    LEFT JOIN usages
      ON usages.player_lookup = loads.player_lookup AND usages.game_date = loads.usage_as_of
    LEFT JOIN zones
      ON zones.player_lookup = loads.player_lookup AND zones.game_date = loads.zones_as_of
    LEFT JOIN roster ON roster.player_lookup = loads.player_lookup
    LEFT JOIN stars_out
      ON stars_out.game_id = loads.game_id AND stars_out.team_abbr = loads.team_abbr
    LEFT JOIN paces_as_of AS own
      ON own.game_date = loads.game_date AND own.team_abbr = loads.team_abbr
    LEFT JOIN paces_as_of AS opponent
      ON opponent.game_date = loads.game_date AND opponent.team_abbr = loads.opponent_team_abbr
    LEFT JOIN league_paces ON league_paces.game_date = loads.game_date
    LEFT JOIN shots_as_of
      ON shots_as_of.game_date = loads.game_date
      AND shots_as_of.team_abbr = loads.opponent_team_abbr
    LEFT JOIN league_shots ON league_shots.game_date = loads.game_date
  ),

  weighted AS (
    SELECT
      *,
      CASE
        WHEN paint_rate >= 40 THEN paint_defense * least(paint_rate / 50, 1)
        WHEN three_rate >= 40 THEN three_defense * least(three_rate / 50, 1)
        WHEN mid_rate >= 35 THEN mid_defense * least(mid_rate / 50, 1)
        ELSE paint_defense * least(paint_rate / 50, 1)
      END AS given_matchup,
      CASE WHEN paint_rate IS NULL THEN 0.0 ELSE coalesce(given_matchup, 0.0) END AS matchup,
      CASE WHEN avg_usage = 0 THEN 0.0
        ELSE (coalesce(projected_usage, 25) - coalesce(avg_usage, 25)) * 0.3 END AS spike
    FROM contexts
  ),

  scores AS (
    SELECT
      *,
      greatest(0, least(100, 100
        + CASE WHEN back_to_back THEN -15 WHEN days_rest >= 3 THEN 5 ELSE 0 END
        - CASE WHEN week_games >= 4 THEN 10 ELSE 0 END
        - CASE WHEN week_minutes > 240 THEN 10 ELSE 0 END
        - CASE WHEN week_average > 35 THEN 8 ELSE 0 END
        - CASE WHEN pairs >= 2 THEN 12 WHEN pairs = 1 THEN 5 ELSE 0 END
        - CASE WHEN age >= 35 THEN 10 WHEN age >= 30 THEN 5 ELSE 0 END
      )) AS fatigue,
      greatest(-10, least(10,
        matchup * CASE WHEN abs(matchup) > 5 THEN 1.2 ELSE 1.0 END)) AS shot,
      greatest(-3, least(3, coalesce(pace_differential, 0.0) / 2)) AS pace,
      greatest(-3, least(3, spike * CASE
        WHEN spike <= 0 OR stars = 0 THEN 1 WHEN stars = 1 THEN 1.15 ELSE 1.3 END)) AS usage,
      (fatigue - 100) / 20 + shot + pace + usage AS total
    FROM weighted
  )

-- The row with its texts and its hash.
SELECT
  player_lookup, universal_player_id, game_date, game_id, fatigue,
  round(CAST(shot AS DECIMAL(18, 9)), 1) AS shot_score,
  round(CAST(pace AS DECIMAL(18, 9)), 1) AS pace_score,
  round(CAST(usage AS DECIMAL(18, 9)), 1) AS usage_score,
  round(CAST(total AS DECIMAL(18, 9)), 2) AS total_score,
  CAST(json_object(
    'days_rest', days_rest, 'back_to_back', back_to_back, 'games_last_7', week_games,
    'minutes_last_7', week_minutes, 'avg_minutes_pg_last_7', week_average,
    'back_to_backs_last_14', pairs, 'player_age', age, 'penalties_applied', list_filter([
      CASE WHEN back_to_back THEN 'back_to_back: -15' END,
      CASE WHEN week_games >= 4 THEN 'frequent_games: -10' END,
      CASE WHEN week_minutes > 240 THEN 'heavy_minutes: -10' END,
      CASE WHEN age >= 35 THEN 'veteran_age: -10' END
    ], lambda name: name IS NOT NULL), 'final_score', fatigue
  ) AS VARCHAR) AS fatigue_context,
  CAST(json_object(
    'paint_rate', paint_rate, 'mid_rate', mid_rate, 'three_rate', three_rate,
    'paint_defense', paint_defense, 'final_score', shot
  ) AS VARCHAR) AS shot_context,
  CAST(json_object(
    'pace_differential', pace_differential, 'opponent_pace_last_10', opponent_pace,
    'league_avg_pace', league_pace, 'final_score', pace
  ) AS VARCHAR) AS pace_context,
  CAST(json_object(
    'projected_usage_rate', projected_usage, 'avg_usage_last_7', avg_usage,
    'star_teammates_out', stars, 'final_score', usage
  ) AS VARCHAR) AS usage_context,
  sha256(concat_ws('|', player_lookup, universal_player_id, game_date, game_id, fatigue,
    shot_score, pace_score, usage_score, total_score)) AS hash
FROM scores
ORDER BY game_date, game_id, player_lookup
