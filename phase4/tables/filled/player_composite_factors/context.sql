-- One row per player who played on a requested date: identity, inputs of the scores, quality facts.
CREATE TEMP VIEW context AS
SELECT
  targets.player_lookup,
  targets.universal_player_id,
  targets.game_date,
  targets.game_id,
  CASE WHEN coalesce(unclear_load.newest <= load.last_played, TRUE) THEN load.days_rest END AS days_rest,
  load.back_to_back,
  load.games_in_last_7_days,
  load.minutes_in_last_7_days,
  load.avg_minutes_per_game_last_7,
  load.back_to_backs_last_14_days,
  year(targets.game_date) - year(births.believed) - CAST(
    (month(targets.game_date), day(targets.game_date))
      < (month(births.believed), day(births.believed)) AS INTEGER
  ) AS player_age,
  usage.projected_usage_rate,
  usage.avg_usage_rate_last_7_games,
  coalesce(stars_out.star_teammates_out, 0) AS star_teammates_out,
  settled((own.pace_last_10 + opponent.pace_last_10) / 2 - own.league_avg_pace) AS pace_differential,
  opponent.pace_last_10 AS opponent_pace_last_10,
  own.league_avg_pace,
  coalesce(zone.has_shot_zone, FALSE) AS has_shot_zone,
  zone.primary_scoring_zone,
  zone.paint_rate_last_10,
  zone.mid_range_rate_last_10,
  zone.three_pt_rate_last_10,
  coalesce(opponent.has_defense, FALSE) AS has_defense,
  opponent.paint_defense_vs_league_avg,
  opponent.mid_range_defense_vs_league_avg,
  opponent.three_pt_defense_vs_league_avg,
  opponent.weakest_zone,
  load.season_games,
  coalesce(unclear_load.unclear_games, 0) AS unclear_games,
  coalesce(targets.game_date >= shared_names.shared_since, FALSE) AS is_shared_name,
  coalesce(targets.game_date >= shared_people.shared_since, FALSE) AS is_renamed,
  own.complete_games + opponent.complete_games AS complete_games,
  own.missing_games + opponent.missing_games AS missing_games,
  own.older_games + opponent.older_games AS older_games
FROM targets
JOIN player_load AS load
  ON load.player_lookup = targets.player_lookup AND load.game_date = targets.game_date
LEFT JOIN unclear_load
  ON unclear_load.player_lookup = targets.player_lookup
  AND unclear_load.game_date = targets.game_date
LEFT JOIN usage_form AS usage
  ON usage.player_lookup = targets.player_lookup AND usage.game_date = load.usage_as_of
LEFT JOIN zone_form AS zone
  ON zone.player_lookup = targets.player_lookup AND zone.game_date = load.zones_as_of
LEFT JOIN births
  ON births.player_lookup = targets.player_lookup AND births.game_date = targets.game_date
LEFT JOIN shared_names ON shared_names.player_lookup = targets.player_lookup
LEFT JOIN shared_people ON shared_people.universal_player_id = targets.universal_player_id
LEFT JOIN stars_out
  ON stars_out.game_date = targets.game_date
  AND stars_out.game = targets.game
  AND stars_out.team_abbr = targets.team_abbr
LEFT JOIN team_forms AS own
  ON own.game_date = targets.game_date AND own.team_abbr = targets.team_abbr
LEFT JOIN team_forms AS opponent
  ON opponent.game_date = targets.game_date
  AND opponent.team_abbr = targets.opponent_team_abbr
ORDER BY targets.game_date, targets.game_id, targets.player_lookup;
