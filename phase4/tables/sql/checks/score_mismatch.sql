-- Rows of which one column contradicts the others: a score that the inputs in its context do not give
-- (domain.md section 2, computed again), a flag that the row's own figures deny. Asked at the end of a
-- run: what a wave has written its task has read back.
WITH
  parsed AS (
    SELECT
      *,
      SAFE.PARSE_JSON(fatigue_context_json) AS fatigue,
      SAFE.PARSE_JSON(shot_zone_context_json) AS shot_zone,
      SAFE.PARSE_JSON(pace_context_json) AS pace,
      SAFE.PARSE_JSON(usage_context_json) AS usage
    FROM `${target_table}`
    WHERE
      game_date BETWEEN range_start AND range_end
      AND game_date IN (SELECT game_date FROM judged)
      AND judged_kind IN ('run', 'range')
      AND calculation_version = '${calculation_version}'
  ),

  -- What a context names as defaulted was absent: the text of that list, by context.
  defaults AS (
    SELECT
      *,
      IFNULL(TO_JSON_STRING(JSON_QUERY(fatigue, '$.defaulted')), '') AS fatigue_defaulted,
      IFNULL(TO_JSON_STRING(JSON_QUERY(shot_zone, '$.defaulted')), '') AS shot_zone_defaulted,
      IFNULL(TO_JSON_STRING(JSON_QUERY(pace, '$.defaulted')), '') AS pace_defaulted,
      IFNULL(TO_JSON_STRING(JSON_QUERY(usage, '$.defaulted')), '') AS usage_defaulted
    FROM parsed
  ),

  inputs AS (
    SELECT
      *,
      ${context_inputs},
      JSON_VALUE(fatigue, '$.back_to_back') = 'true' AS was_back_to_back,
      JSON_VALUE(shot_zone, '$.missing_data') = 'true' AS has_no_zone
    FROM defaults
  ),

  bases AS (
    SELECT
      *,
      100
        + CASE WHEN was_back_to_back THEN -15 WHEN IFNULL(days_rest, 1) >= 3 THEN 5 ELSE 0 END
        + IF(IFNULL(games_in_last_7_days, 3) >= 4, -10, 0)
        + IF(IFNULL(minutes_in_last_7_days, 200) > 240, -10, 0)
        + IF(IFNULL(avg_minutes_per_game_last_7, 30) > 35, -8, 0)
        + CASE
            WHEN back_to_backs_last_14_days >= 2 THEN -12
            WHEN back_to_backs_last_14_days = 1 THEN -5
            ELSE 0
          END
        + CASE WHEN player_age >= 35 THEN -10 WHEN player_age >= 30 THEN -5 ELSE 0 END
        AS tiredness,
      IFNULL(zone_defense, 0) * LEAST(IFNULL(zone_rate, 50) / 50, 1) AS weighted_defense,
      IF(
        avg_usage_rate_last_7_games = 0,
        0,
        (IFNULL(projected_usage_rate, 25) - IFNULL(avg_usage_rate_last_7_games, 25)) * 0.3) AS spike
    FROM inputs
  ),

  again AS (
    SELECT
      *,
      CAST(LEAST(GREATEST(tiredness, 0), 100) AS FLOAT64) AS fatigue_again,
      IF(
        has_no_zone,
        0,
        LEAST(GREATEST(weighted_defense * IF(ABS(weighted_defense) > 5, 1.2, 1), -10), 10))
        AS shot_again,
      LEAST(GREATEST(IFNULL(pace_differential, 0) / 2, -3), 3) AS pace_again,
      LEAST(GREATEST(
        spike * CASE
          WHEN spike > 0 AND star_teammates_out >= 2 THEN 1.30
          WHEN spike > 0 AND star_teammates_out = 1 THEN 1.15
          ELSE 1
        END, -3), 3) AS usage_again
    FROM bases
  ),

  totals AS (
    SELECT
      *,
      (fatigue_again - 100) / 20 + IFNULL(shot_again, 0) + pace_again + usage_again AS total_again,
      IF(missing_data_fields IS NULL, 0, ARRAY_LENGTH(SPLIT(missing_data_fields, ','))) AS absent,
      IFNULL(warning_details, '') AS warning_text
    FROM again
  ),

  -- A score may be half a unit of its last stored decimal away from the unrounded one. A comparison
  -- with what is absent is no agreement.
  judgements AS (
    SELECT
      game_date,
      NOT IFNULL(fatigue_score = fatigue_again AND final_fatigue = fatigue_again, FALSE) AS fatigue,
      NOT IFNULL(
        ABS(shot_zone_mismatch_score - shot_again) < 0.0501
          AND (has_no_zone OR ABS(final_shot - shot_again) < 0.0001), FALSE) AS shot,
      NOT IFNULL(
        ABS(pace_score - pace_again) < 0.0501 AND ABS(final_pace - pace_again) < 0.0001,
        FALSE) AS pace,
      NOT IFNULL(
        ABS(usage_spike_score - usage_again) < 0.0501 AND ABS(final_usage - usage_again) < 0.0001,
        FALSE) AS usage,
      NOT IFNULL(ABS(total_composite_adjustment - total_again) < 0.0051, FALSE) AS total,
      NOT IFNULL(data_completeness_pct = 100 - 20 * absent, FALSE) AS completeness,
      NOT IFNULL(is_production_ready = (data_completeness_pct >= 60), FALSE) AS readiness,
      NOT IFNULL(has_warnings = (warning_details IS NOT NULL), FALSE) AS warned,
      NOT IFNULL(
        (STRPOS(warning_text, 'EXTREME_FATIGUE') > 0) = (fatigue_again < 50)
          AND (STRPOS(warning_text, 'EXTREME_MATCHUP') > 0) = (ABS(shot_again) > 8)
          AND (STRPOS(warning_text, 'EXTREME_ADJUSTMENT') > 0) = (ABS(total_again) > 12),
        FALSE) AS warnings,
      NOT IFNULL(analysis_date = game_date, FALSE) AS analysis_date
    FROM totals
  ),

  sums AS (
    SELECT
      COUNT(*) AS all_rows,
      ${mismatch_sums}
    FROM judgements
  )

SELECT
  one.subject,
  CAST(one.wrong_rows AS FLOAT64) AS figure,
  IF(
    one.wrong_rows = 0,
    '',
    FORMAT('%d of %d rows, the first on %s',
      one.wrong_rows, all_rows, CAST(one.first_date AS STRING))) AS detail
FROM sums
CROSS JOIN UNNEST([
  ${mismatch_subjects}
]) AS one
