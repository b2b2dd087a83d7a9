-- The output rows of domain.md section 4, but for the columns that are the same in every row.
SELECT
  player_lookup,
  universal_player_id,
  game_date,
  game_id,
  game_date AS analysis_date,
  ${score_columns},
  fatigue_context_json,
  shot_zone_context_json,
  pace_context_json,
  usage_context_json,
  data_completeness_pct,
  missing_data_fields,
  warning_details IS NOT NULL AS has_warnings,
  warning_details,
  sha256(concat_ws(chr(31),
    player_lookup, coalesce(universal_player_id, ''), game_date, game_id,
    ${score_columns}, ${version}, data_completeness_pct, coalesce(missing_data_fields, '')
  )) AS data_hash,
  -- Ten games fill the longest window over a player's own games.
  season_games < 10 AS early_season_flag,
  data_completeness_pct >= 60 AND range_violation IS NULL AS is_production_ready,
  named([
    CASE WHEN missing_games > 0 THEN format(
      'window_completeness_pct={:.1f}: {} of {} team games in the 30 days before{} are complete in L3',
      round(100.0 * complete_games / (complete_games + missing_games), 1),
      complete_games, complete_games + missing_games,
      CASE WHEN older_games > 0 THEN ' and in the windows behind them' ELSE '' END
    ) END,
    CASE WHEN unclear_games > 0 THEN format(
      'L3 contradicts itself about {} games of this player in the 14 days before', unclear_games
    ) END,
    CASE WHEN is_shared_name
      THEN 'player_lookup is shared by several universal_player_ids this season' END,
    CASE WHEN is_renamed
      THEN 'universal_player_id is shared by several player_lookups this season' END
  ]) AS data_quality_issues,
  range_violation
FROM (SELECT *, ${range_violation} AS range_violation FROM factors)
