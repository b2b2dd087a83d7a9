-- From inputs to scores: the four scoring functions of domain.md section 2, over any relation that is
-- called context. NULL inputs take the defaults of that section; every score is unrounded here.

CREATE TEMP VIEW inputs AS
SELECT * REPLACE (
  whole(days_rest) AS days_rest,
  coalesce(TRY_CAST(back_to_back AS BOOLEAN), FALSE) AS back_to_back,
  whole(games_in_last_7_days) AS games_in_last_7_days,
  number(minutes_in_last_7_days) AS minutes_in_last_7_days,
  number(avg_minutes_per_game_last_7) AS avg_minutes_per_game_last_7,
  whole(back_to_backs_last_14_days) AS back_to_backs_last_14_days,
  whole(player_age) AS player_age,
  number(projected_usage_rate) AS projected_usage_rate,
  number(avg_usage_rate_last_7_games) AS avg_usage_rate_last_7_games,
  whole(star_teammates_out) AS star_teammates_out,
  number(pace_differential) AS pace_differential,
  number(opponent_pace_last_10) AS opponent_pace_last_10,
  number(league_avg_pace) AS league_avg_pace,
  number(paint_rate_last_10) AS paint_rate_last_10,
  number(mid_range_rate_last_10) AS mid_range_rate_last_10,
  number(three_pt_rate_last_10) AS three_pt_rate_last_10,
  number(paint_defense_vs_league_avg) AS paint_defense_vs_league_avg,
  number(mid_range_defense_vs_league_avg) AS mid_range_defense_vs_league_avg,
  number(three_pt_defense_vs_league_avg) AS three_pt_defense_vs_league_avg
)
FROM context;

CREATE TEMP VIEW zoned AS
SELECT
  *,
  CASE primary_scoring_zone
    WHEN 'mid_range' THEN mid_range_rate_last_10
    WHEN 'perimeter' THEN three_pt_rate_last_10
    ELSE paint_rate_last_10
  END AS zone_rate,
  coalesce(CASE primary_scoring_zone
    WHEN 'mid_range' THEN mid_range_defense_vs_league_avg
    WHEN 'perimeter' THEN three_pt_defense_vs_league_avg
    ELSE paint_defense_vs_league_avg
  END, 0.0) AS zone_defense,
  zone_defense * least(coalesce(zone_rate, 50.0) / 50, 1.0) AS weighted_defense,
  coalesce(projected_usage_rate, 25.0) AS projected_usage,
  coalesce(avg_usage_rate_last_7_games, 25.0) AS baseline_usage,
  CASE WHEN baseline_usage = 0 THEN 0.0 ELSE (projected_usage - baseline_usage) * 0.3 END
    AS usage_base
FROM inputs;

CREATE TEMP VIEW scored AS
SELECT
  *,
  CAST(clamp(
    100
    + CASE WHEN back_to_back THEN -15 WHEN coalesce(days_rest, 1) >= 3 THEN 5 ELSE 0 END
    + CASE WHEN coalesce(games_in_last_7_days, 3) >= 4 THEN -10 ELSE 0 END
    + CASE WHEN coalesce(minutes_in_last_7_days, 200) > 240 THEN -10 ELSE 0 END
    + CASE WHEN coalesce(avg_minutes_per_game_last_7, 30) > 35 THEN -8 ELSE 0 END
    + CASE
        WHEN coalesce(back_to_backs_last_14_days, 0) >= 2 THEN -12
        WHEN coalesce(back_to_backs_last_14_days, 0) = 1 THEN -5
        ELSE 0
      END
    + CASE
        WHEN coalesce(player_age, 25) >= 35 THEN -10
        WHEN coalesce(player_age, 25) >= 30 THEN -5
        ELSE 0
      END,
    0, 100
  ) AS BIGINT) AS fatigue,
  CASE
    WHEN NOT (has_shot_zone AND has_defense) THEN 0.0
    WHEN abs(weighted_defense) > 5 THEN clamp(weighted_defense * 1.2, -10.0, 10.0)
    ELSE clamp(weighted_defense, -10.0, 10.0)
  END AS shot_zone_mismatch,
  clamp(coalesce(pace_differential, 0.0) / 2, -3.0, 3.0) AS pace,
  clamp(
    usage_base * CASE
      WHEN usage_base <= 0 OR star_teammates_out IS NULL THEN 1.0
      WHEN star_teammates_out >= 2 THEN 1.30
      WHEN star_teammates_out = 1 THEN 1.15
      ELSE 1.0
    END,
    -3.0, 3.0
  ) AS usage_spike,
  (fatigue - 100) / 20 + shot_zone_mismatch + pace + usage_spike AS total
FROM zoned;
