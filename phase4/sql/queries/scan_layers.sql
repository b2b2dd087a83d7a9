-- The columns that one look at the date states reads: only ever estimated (a dry run), for forecasts.
SELECT COUNT(*) AS rows_seen
FROM (
  SELECT game_date, CONCAT(game_id, CAST(processed_at AS STRING)) AS seen
  FROM `${raw_table}`
  WHERE game_date BETWEEN @start_date AND @end_date
  UNION ALL
  SELECT
    game_date,
    CONCAT(game_id, player_lookup, CAST(processed_at AS STRING), CAST(is_active AS STRING),
      CAST(minutes_played AS STRING), CAST(usage_rate AS STRING)) AS seen
  FROM `${player_table}`
  WHERE game_date BETWEEN @start_date AND @end_date
  UNION ALL
  SELECT game_date, CAST(processed_at AS STRING) AS seen
  FROM `${defense_table}`
  WHERE game_date BETWEEN @start_date AND @end_date
  UNION ALL
  SELECT game_date, CAST(processed_at AS STRING) AS seen
  FROM `${offense_table}`
  WHERE game_date BETWEEN @start_date AND @end_date
  UNION ALL
  SELECT
    game_date,
    CONCAT(game_id, player_lookup, calculation_version, CAST(processed_at AS STRING)) AS seen
  FROM `${target_table}`
  WHERE game_date BETWEEN @start_date AND @end_date
)
WHERE seen IS NOT NULL
