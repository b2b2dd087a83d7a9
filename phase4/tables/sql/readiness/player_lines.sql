-- What each row of a player says that he attempted against a team.
SELECT
  game_date,
  ${coded_game} AS game,
  other_code AS team,
  player_lookup,
  ${valid_players_minutes_played} AS minutes,
  ${valid_players_paint_attempts} AS paint,
  ${valid_players_mid_range_attempts} AS mid_range,
  ${valid_players_three_pt_attempts} AS three_pt,
  ${unclear_player} AS is_unclear
FROM (
  SELECT *, ${player_codes}
  FROM `${player_table}`
  WHERE game_date BETWEEN ${first} AND range_end
)
