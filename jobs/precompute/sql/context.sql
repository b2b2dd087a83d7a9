-- One row per player who played on a requested date: identity, inputs of the scores, quality facts.
CREATE TEMP VIEW context AS
SELECT
  targets.player_lookup,
  targets.universal_player_id,
  targets.game_date,
  targets.game_id,
  load.days_rest,
  load.back_to_back,
  load.games_in_last_7_days,
  load.minutes_in_last_7_days,
  load.avg_minutes_per_game_last_7,
  load.back_to_backs_last_14_days,
  year(targets.game_date) - year(roster.birth_date) - CAST(
    (month(targets.game_date), day(targets.game_date))
      < (month(roster.birth_date), day(roster.birth_date)) AS INTEGER
  ) AS player_age,
  usage.projected_usage_rate,
  usage.avg_usage_rate_last_7_games,
  coalesce(stars_out.star_teammates_out, 0) AS star_teammates_out,
  (own_pace.pace_last_10 + opponent_pace.pace_last_10) / 2 - league_pace.league_avg_pace
    AS pace_differential,
  opponent_pace.pace_last_10 AS opponent_pace_last_10,
  league_pace.league_avg_pace,
  coalesce(zone.has_shot_zone, FALSE) AS has_shot_zone,
  zone.primary_scoring_zone,
  zone.paint_rate_last_10,
  zone.mid_range_rate_last_10,
  zone.three_pt_rate_last_10,
  defense.team_abbr IS NOT NULL AS has_defense,
  defense.paint_defense_vs_league_avg,
  defense.mid_range_defense_vs_league_avg,
  defense.three_pt_defense_vs_league_avg,
  defense.weakest_zone,
  load.season_games,
  load.is_shared_name,
  own_window.complete_games + opponent_window.complete_games AS complete_games,
  own_window.missing_games + opponent_window.missing_games
    + own_window.unknown_games + opponent_window.unknown_games AS missing_games
FROM targets
JOIN player_load AS load
  ON load.player_lookup = targets.player_lookup AND load.game_date = targets.game_date
LEFT JOIN usage_form AS usage
  ON usage.player_lookup = targets.player_lookup AND usage.game_date = load.usage_as_of
LEFT JOIN zone_form AS zone
  ON zone.player_lookup = targets.player_lookup AND zone.game_date = load.zones_as_of
LEFT JOIN roster ON roster.player_lookup = targets.player_lookup
LEFT JOIN stars_out
  ON stars_out.game_date = targets.game_date
  AND stars_out.game_id = targets.game_id
  AND stars_out.team_abbr = targets.team_abbr
LEFT JOIN team_pace AS own_pace
  ON own_pace.game_date = targets.game_date AND own_pace.team_abbr = targets.team_abbr
LEFT JOIN team_pace AS opponent_pace
  ON opponent_pace.game_date = targets.game_date
  AND opponent_pace.team_abbr = targets.opponent_team_abbr
LEFT JOIN league_pace ON league_pace.game_date = targets.game_date
LEFT JOIN team_defense AS defense
  ON defense.game_date = targets.game_date AND defense.team_abbr = targets.opponent_team_abbr
LEFT JOIN team_windows AS own_window
  ON own_window.game_date = targets.game_date AND own_window.team_abbr = targets.team_abbr
LEFT JOIN team_windows AS opponent_window
  ON opponent_window.game_date = targets.game_date
  AND opponent_window.team_abbr = targets.opponent_team_abbr
ORDER BY targets.game_date, targets.game_id, targets.player_lookup;
