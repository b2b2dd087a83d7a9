-- Which of the two tables is right is unknown: none of the row's figures is believed.
UPDATE defense_games
SET
  paint_attempts = NULL, paint_makes = NULL,
  mid_range_attempts = NULL, mid_range_makes = NULL,
  three_pt_attempts = NULL, three_pt_makes = NULL,
  broken = concat_ws('; ', broken, found.reason)
FROM (
  SELECT game_date, game, team, ${figures} || ': ${rule}' AS reason
  FROM (${contradicted})
) AS found
WHERE
  found.game_date = defense_games.game_date
  AND found.game = defense_games.game
  AND found.team = defense_games.team_abbr;
