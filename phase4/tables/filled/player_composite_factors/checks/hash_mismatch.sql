-- Rows whose data_hash is not that of the values that they hold: identity, scores, version and
-- completeness, hashed as the job does. Somebody else has changed them.
SELECT
  '' AS subject,
  CAST(IFNULL(SUM(changed_rows), 0) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s has %d rows', CAST(game_date AS STRING), changed_rows), '; '
      ORDER BY game_date LIMIT 10),
    '') AS detail,
  IFNULL(
    STRING_AGG(CONCAT('${default_table}:', CAST(game_date AS STRING)), ' '), '') AS to_mend
FROM (
  SELECT game_date, COUNT(*) AS changed_rows
  FROM `${target_table}`
  WHERE
    game_date BETWEEN range_start AND range_end
    AND game_date IN (SELECT game_date FROM judged)
    AND calculation_version = '${calculation_version}'
    AND IFNULL(data_hash, '') != TO_HEX(SHA256(ARRAY_TO_STRING([
      player_lookup,
      IFNULL(universal_player_id, ''),
      CAST(game_date AS STRING),
      game_id,
      CAST(fatigue_score AS STRING),
      FORMAT('%.1f', shot_zone_mismatch_score),
      FORMAT('%.1f', pace_score),
      FORMAT('%.1f', usage_spike_score),
      FORMAT('%.2f', total_composite_adjustment),
      calculation_version,
      FORMAT('%.2f', data_completeness_pct),
      IFNULL(missing_data_fields, '')
    ], CHR(31))))
  GROUP BY game_date
)
