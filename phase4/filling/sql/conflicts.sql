-- One name in two places at once, or for two people: which of the rows are his is unknown.
UPDATE player_games
SET conflict = concat_ws('; ', conflict, found.reason)
FROM (
  SELECT
    game_date, player_lookup,
    concat_ws('; ',
      CASE WHEN count(DISTINCT team_abbr) > 1 AND count(DISTINCT game) = 1
        THEN 'plays for ' || array_to_string(list_sort(list(DISTINCT team_abbr)), ' and ')
          || ' in one game' END,
      CASE WHEN count(DISTINCT game) > 1
        THEN 'plays in ' || array_to_string(list_sort(list(DISTINCT game)), ' and ')
          || ' on one date' END,
      CASE WHEN count(DISTINCT universal_player_id) > 1
        THEN 'is ' || array_to_string(list_sort(list(DISTINCT universal_player_id)), ' and ')
          || ' in one game' END
    ) AS reason
  FROM player_games
  WHERE is_active AND has_minutes AND player_lookup IS NOT NULL
  GROUP BY game_date, player_lookup
  HAVING
    count(DISTINCT team_abbr) > 1
    OR count(DISTINCT game) > 1
    OR count(DISTINCT universal_player_id) > 1
) AS found
WHERE
  found.game_date = player_games.game_date AND found.player_lookup = player_games.player_lookup;
