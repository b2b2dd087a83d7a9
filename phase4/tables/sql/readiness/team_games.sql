-- Both teams of every game of the seasons' history that player_game_summary knows somebody to have
-- played in.
SELECT DISTINCT
  seasons.season_year,
  games.game_date,
  ${side_code} AS team
FROM (
  SELECT DISTINCT game_date, team_abbr, opponent_team_abbr
  FROM `${player_table}`
  WHERE
    game_date BETWEEN ${first} AND range_end
    AND (IFNULL(is_active AND minutes_played > 0, FALSE) OR ${unclear_player})
) AS games
CROSS JOIN UNNEST([games.team_abbr, games.opponent_team_abbr]) AS side
JOIN `${seasons}` AS seasons
  ON seasons.season_year = ${season_of_date}
  AND games.game_date >= seasons.opener
  AND IFNULL(games.game_date NOT BETWEEN seasons.all_star_start AND seasons.all_star_end, TRUE)
WHERE TRIM(side, ' ') != ''
