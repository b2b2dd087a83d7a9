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
      TO_JSON_STRING(JSON_QUERY(fatigue, '$.defaulted')) AS fatigue_defaulted,
      TO_JSON_STRING(JSON_QUERY(shot_zone, '$.defaulted')) AS shot_zone_defaulted,
      TO_JSON_STRING(JSON_QUERY(pace, '$.defaulted')) AS pace_defaulted,
      TO_JSON_STRING(JSON_QUERY(usage, '$.defaulted')) AS usage_defaulted
    FROM parsed
  ),

  inputs AS (
    SELECT
      *,
      IF(
        STRPOS(fatigue_defaulted, '"days_rest"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(fatigue, '$.days_rest') AS FLOAT64)) AS days_rest,
      IF(
        STRPOS(fatigue_defaulted, '"games_last_7"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(fatigue, '$.games_last_7') AS FLOAT64)) AS games_in_last_7_days,
      IF(
        STRPOS(fatigue_defaulted, '"minutes_last_7"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(fatigue, '$.minutes_last_7') AS FLOAT64)) AS minutes_in_last_7_days,
      IF(
        STRPOS(fatigue_defaulted, '"avg_minutes_pg_last_7"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(fatigue, '$.avg_minutes_pg_last_7') AS FLOAT64)) AS avg_minutes_per_game_last_7,
      IF(
        STRPOS(fatigue_defaulted, '"back_to_backs_last_14"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(fatigue, '$.back_to_backs_last_14') AS FLOAT64)) AS back_to_backs_last_14_days,
      IF(
        STRPOS(fatigue_defaulted, '"player_age"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(fatigue, '$.player_age') AS FLOAT64)) AS player_age,
      IF(
        STRPOS(pace_defaulted, '"pace_differential"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(pace, '$.pace_differential') AS FLOAT64)) AS pace_differential,
      IF(
        STRPOS(usage_defaulted, '"projected_usage_rate"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(usage, '$.projected_usage_rate') AS FLOAT64)) AS projected_usage_rate,
      IF(
        STRPOS(usage_defaulted, '"avg_usage_last_7"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(usage, '$.avg_usage_last_7') AS FLOAT64)) AS avg_usage_rate_last_7_games,
      IF(
        STRPOS(usage_defaulted, '"star_teammates_out"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(usage, '$.star_teammates_out') AS FLOAT64)) AS star_teammates_out,
      IF(
        STRPOS(shot_zone_defaulted, '"opponent_defense_vs_league"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(shot_zone, '$.opponent_defense_vs_league') AS FLOAT64)) AS zone_defense,
      IF(
        STRPOS(shot_zone_defaulted, '"primary_zone_frequency"') > 0,
        NULL,
        SAFE_CAST(JSON_VALUE(shot_zone, '$.primary_zone_frequency') AS FLOAT64)) AS zone_rate,
      SAFE_CAST(JSON_VALUE(fatigue, '$.final_score') AS FLOAT64) AS final_fatigue,
      SAFE_CAST(JSON_VALUE(shot_zone, '$.final_score') AS FLOAT64) AS final_shot,
      SAFE_CAST(JSON_VALUE(pace, '$.final_score') AS FLOAT64) AS final_pace,
      SAFE_CAST(JSON_VALUE(usage, '$.final_score') AS FLOAT64) AS final_usage,
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

  wrong AS (
    SELECT one.subject, game_date, COUNT(*) AS wrong_rows
    FROM judgements
    CROSS JOIN UNNEST([
      STRUCT('fatigue_score' AS subject, fatigue AS is_wrong),
      STRUCT('shot_zone_mismatch_score' AS subject, shot AS is_wrong),
      STRUCT('pace_score' AS subject, pace AS is_wrong),
      STRUCT('usage_spike_score' AS subject, usage AS is_wrong),
      STRUCT('total_composite_adjustment' AS subject, total AS is_wrong),
      STRUCT('data_completeness_pct' AS subject, completeness AS is_wrong),
      STRUCT('is_production_ready' AS subject, readiness AS is_wrong),
      STRUCT('has_warnings' AS subject, warned AS is_wrong),
      STRUCT('warning_details' AS subject, warnings AS is_wrong),
      STRUCT('analysis_date' AS subject, analysis_date AS is_wrong)
    ]) AS one
    WHERE one.is_wrong
    GROUP BY one.subject, game_date
  )

SELECT
  subject,
  CAST(IFNULL(SUM(wrong.wrong_rows), 0) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s has %d rows', CAST(wrong.game_date AS STRING), wrong.wrong_rows), '; '
      ORDER BY wrong.game_date LIMIT 30),
    '') AS detail,
  IFNULL(
    STRING_AGG(CONCAT('${default_table}:', CAST(wrong.game_date AS STRING)), ' '), '') AS to_mend
FROM UNNEST([
  'fatigue_score', 'shot_zone_mismatch_score', 'pace_score', 'usage_spike_score',
  'total_composite_adjustment', 'data_completeness_pct', 'is_production_ready', 'has_warnings',
  'warning_details', 'analysis_date'
]) AS subject
LEFT JOIN wrong
  USING (subject)
GROUP BY subject
