-- The inputs of the scores, out of the contexts of `stored` rows. What a context names as defaulted is
-- absent. Of the zones only the primary one matters, and only its figures are kept.
CREATE TEMP MACRO given(context, name) AS
  CASE WHEN NOT list_contains(coalesce(CAST(context -> '$.defaulted' AS VARCHAR[]), []), name)
    THEN context ->> ('$.' || name)
  END;

CREATE TEMP VIEW context AS
WITH
  texts AS (
    SELECT
      CAST(coalesce(fatigue_context_json, '{}') AS JSON) AS fatigue,
      CAST(coalesce(shot_zone_context_json, '{}') AS JSON) AS shot_zone,
      CAST(coalesce(pace_context_json, '{}') AS JSON) AS pace,
      CAST(coalesce(usage_context_json, '{}') AS JSON) AS usage
    FROM stored
  ),

  zones AS (
    SELECT
      *,
      given(shot_zone, 'player_primary_zone') AS zone,
      CASE zone WHEN 'mid_range' THEN 'mid_range' WHEN 'perimeter' THEN 'three_pt' ELSE 'paint' END
        AS used,
      given(shot_zone, 'primary_zone_frequency') AS rate,
      shot_zone ->> '$.opponent_defense_vs_league' AS defense,
      shot_zone ->> '$.missing_data' IS DISTINCT FROM 'true'
        AND CAST(shot_zone AS VARCHAR) != '{}' AS is_there
    FROM texts
  )

SELECT
  given(fatigue, 'days_rest') AS days_rest,
  given(fatigue, 'back_to_back') AS back_to_back,
  given(fatigue, 'games_last_7') AS games_in_last_7_days,
  given(fatigue, 'minutes_last_7') AS minutes_in_last_7_days,
  given(fatigue, 'avg_minutes_pg_last_7') AS avg_minutes_per_game_last_7,
  given(fatigue, 'back_to_backs_last_14') AS back_to_backs_last_14_days,
  given(fatigue, 'player_age') AS player_age,
  given(pace, 'pace_differential') AS pace_differential,
  given(pace, 'opponent_pace_last_10') AS opponent_pace_last_10,
  given(pace, 'league_avg_pace') AS league_avg_pace,
  given(usage, 'projected_usage_rate') AS projected_usage_rate,
  given(usage, 'avg_usage_last_7') AS avg_usage_rate_last_7_games,
  given(usage, 'star_teammates_out') AS star_teammates_out,
  zone AS primary_scoring_zone,
  CASE used WHEN 'paint' THEN rate END AS paint_rate_last_10,
  CASE used WHEN 'mid_range' THEN rate END AS mid_range_rate_last_10,
  CASE used WHEN 'three_pt' THEN rate END AS three_pt_rate_last_10,
  CASE used WHEN 'paint' THEN defense END AS paint_defense_vs_league_avg,
  CASE used WHEN 'mid_range' THEN defense END AS mid_range_defense_vs_league_avg,
  CASE used WHEN 'three_pt' THEN defense END AS three_pt_defense_vs_league_avg,
  shot_zone ->> '$.opponent_weak_zone' AS weakest_zone,
  is_there AS has_shot_zone,
  is_there AS has_defense
FROM zones;
