-- From scores to what is stored of them: rounded scores, contexts, completeness, warnings.
CREATE TEMP VIEW factors AS
SELECT
  *,
  ${stored_scores},
  with_defaulted(
    json_object(
      'days_rest', coalesce(days_rest, 0),
      'back_to_back', back_to_back,
      'games_last_7', coalesce(games_in_last_7_days, 0),
      'minutes_last_7', coalesce(minutes_in_last_7_days, 0.0),
      'avg_minutes_pg_last_7', coalesce(avg_minutes_per_game_last_7, 0.0),
      'back_to_backs_last_14', coalesce(back_to_backs_last_14_days, 0),
      'player_age', coalesce(player_age, 25),
      'penalties_applied', named([
        CASE WHEN back_to_back THEN 'back_to_back: -15' END,
        CASE WHEN games_in_last_7_days >= 4 THEN 'frequent_games: -10' END,
        CASE WHEN minutes_in_last_7_days > 240 THEN 'heavy_minutes: -10' END,
        CASE WHEN player_age >= 35 THEN 'veteran_age: -10' END
      ]),
      'bonuses_applied', named([CASE WHEN days_rest >= 3 THEN 'extra_rest: +5' END]),
      'final_score', fatigue
    ),
    named([
      CASE WHEN days_rest IS NULL THEN 'days_rest' END,
      CASE WHEN games_in_last_7_days IS NULL THEN 'games_last_7' END,
      CASE WHEN minutes_in_last_7_days IS NULL THEN 'minutes_last_7' END,
      CASE WHEN avg_minutes_per_game_last_7 IS NULL THEN 'avg_minutes_pg_last_7' END,
      CASE WHEN back_to_backs_last_14_days IS NULL THEN 'back_to_backs_last_14' END,
      CASE WHEN player_age IS NULL THEN 'player_age' END
    ])
  ) AS fatigue_context_json,
  CASE
    WHEN NOT (has_shot_zone AND has_defense) THEN '{"missing_data":true}'
    ELSE with_defaulted(
      json_object(
        'player_primary_zone', primary_scoring_zone,
        'primary_zone_frequency', coalesce(zone_rate, 0.0),
        'opponent_weak_zone', weakest_zone,
        'opponent_defense_vs_league', zone_defense,
        'mismatch_type',
        CASE WHEN shot_zone_mismatch > 2 THEN 'favorable' WHEN shot_zone_mismatch < -2 THEN 'unfavorable' ELSE 'neutral' END,
        'final_score', shot_zone_mismatch
      ),
      named([CASE WHEN zone_rate IS NULL THEN 'primary_zone_frequency' END])
    )
  END AS shot_zone_context_json,
  with_defaulted(
    json_object(
      'pace_differential', coalesce(pace_differential, 0.0),
      'opponent_pace_last_10', coalesce(opponent_pace_last_10, 100.0),
      'league_avg_pace', coalesce(league_avg_pace, 100.0),
      'pace_environment',
      CASE
        WHEN pace_differential > 2 THEN 'fast'
        WHEN pace_differential < -2 THEN 'slow'
        ELSE 'normal'
      END,
      'final_score', pace
    ),
    named([
      CASE WHEN pace_differential IS NULL THEN 'pace_differential' END,
      CASE WHEN opponent_pace_last_10 IS NULL THEN 'opponent_pace_last_10' END
    ])
  ) AS pace_context_json,
  coalesce(projected_usage_rate, 0.0) - coalesce(avg_usage_rate_last_7_games, 0.0)
    AS usage_differential,
  with_defaulted(
    json_object(
      'projected_usage_rate', coalesce(projected_usage_rate, 0.0),
      'avg_usage_last_7', coalesce(avg_usage_rate_last_7_games, 0.0),
      'usage_differential', usage_differential,
      'star_teammates_out', coalesce(star_teammates_out, 0),
      'usage_trend',
      CASE
        WHEN usage_differential > 2 THEN 'spike'
        WHEN usage_differential < -2 THEN 'drop'
        ELSE 'stable'
      END,
      'final_score', usage_spike
    ),
    named([
      CASE WHEN projected_usage_rate IS NULL THEN 'projected_usage_rate' END,
      CASE WHEN avg_usage_rate_last_7_games IS NULL THEN 'avg_usage_last_7' END
    ])
  ) AS usage_context_json,
  nullif(concat_ws(', ',
    CASE WHEN days_rest IS NULL THEN 'days_rest' END,
    CASE WHEN projected_usage_rate IS NULL THEN 'projected_usage_rate' END,
    CASE WHEN pace_differential IS NULL THEN 'pace_differential' END,
    CASE WHEN NOT has_shot_zone THEN 'player_shot_zone' END,
    CASE WHEN NOT has_defense THEN 'team_defense_zone' END
  ), '') AS missing_data_fields,
  CAST(20 * (
    CAST(days_rest IS NOT NULL AS INTEGER)
    + CAST(projected_usage_rate IS NOT NULL AS INTEGER)
    + CAST(pace_differential IS NOT NULL AS INTEGER)
    + CAST(has_shot_zone AS INTEGER)
    + CAST(has_defense AS INTEGER)
  ) AS DECIMAL(5, 2)) AS data_completeness_pct,
  nullif(concat_ws('; ',
    CASE WHEN fatigue < 50 THEN 'EXTREME_FATIGUE: Player showing severe fatigue' END,
    CASE WHEN abs(shot_zone_mismatch) > 8 THEN 'EXTREME_MATCHUP: Unusual zone mismatch' END,
    CASE WHEN abs(total) > 12 THEN 'EXTREME_ADJUSTMENT: Very large composite adjustment' END
  ), '') AS warning_details
FROM scored;
