-- One row per defending team and game: what its opponent's lines say. Paint and mid-range attempts
-- need play-by-play, which L1 is not.
SELECT
  game_id,
  game_date,
  season_year,
  team_abbr AS defending_team_abbr,
  opponent_team_abbr,
  opp_three_pt_attempts,
  opp_three_pt_makes,
  opp_points AS points_allowed
FROM box_teams
ORDER BY game_date, game_id, defending_team_abbr
