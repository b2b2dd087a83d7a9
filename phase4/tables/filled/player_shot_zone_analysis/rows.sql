-- One row per player who played, with what was known of his shots before the game.
SELECT
  targets.player_lookup,
  targets.universal_player_id,
  targets.game_date,
  targets.game_id,
  targets.game_date AS analysis_date,
  recent.primary_scoring_zone,
  recent.paint_rate_last_10,
  recent.mid_range_rate_last_10,
  recent.three_pt_rate_last_10,
  coalesce(recent.zone_games, 0) AS games_used_last_10,
  longer.paint_rate AS paint_rate_last_20,
  longer.mid_range_rate AS mid_range_rate_last_20,
  longer.three_pt_rate AS three_pt_rate_last_20,
  coalesce(longer.games, 0) AS games_used_last_20,
  CAST(10 * games_used_last_10 AS DECIMAL(5, 2)) AS data_completeness_pct,
  load.season_games < 10 AS early_season_flag,
  sha256(concat_ws(chr(31),
    targets.player_lookup, targets.game_date, targets.game_id, ${version},
    coalesce(recent.primary_scoring_zone, ''), games_used_last_10, games_used_last_20,
    coalesce(CAST(recent.paint_rate_last_10 AS VARCHAR), ''),
    coalesce(CAST(recent.mid_range_rate_last_10 AS VARCHAR), ''),
    coalesce(CAST(recent.three_pt_rate_last_10 AS VARCHAR), ''),
    coalesce(CAST(longer.paint_rate AS VARCHAR), ''),
    coalesce(CAST(longer.mid_range_rate AS VARCHAR), ''),
    coalesce(CAST(longer.three_pt_rate AS VARCHAR), '')
  )) AS data_hash
FROM targets
JOIN player_load AS load
  ON load.player_lookup = targets.player_lookup AND load.game_date = targets.game_date
LEFT JOIN zone_form AS recent
  ON recent.player_lookup = targets.player_lookup AND recent.game_date = load.zones_as_of
LEFT JOIN zone_form_20 AS longer
  ON longer.player_lookup = targets.player_lookup AND longer.game_date = load.zones_as_of
ORDER BY targets.game_date, targets.game_id, targets.player_lookup
