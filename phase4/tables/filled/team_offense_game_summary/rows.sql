-- One row per attacking team and game. Pace is 48 * (own + opponent's possessions) / 2 / (team
-- minutes / 5): the minutes are those of the players, so that overtime comes out right. A pace that the
-- column cannot hold is absent, as everything over 130 is.
SELECT
  game_id,
  game_date,
  season_year,
  team_abbr,
  opponent_team_abbr,
  home_game,
  CAST(quotient(possessions, 100) AS BIGINT) AS possessions,
  TRY_CAST(
    CAST(
      quotient(720000000000 * (possessions + opp_possessions), nanoseconds) AS DECIMAL(30, 0)
    ) * 0.1 AS DECIMAL(5, 1)
  ) AS pace,
  points AS points_scored
FROM box_teams
ORDER BY game_date, game_id, team_abbr
