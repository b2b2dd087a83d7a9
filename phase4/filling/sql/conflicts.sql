-- One name in two places at once, or for two people: which of the rows are his is unknown. A newer row
-- moves a player to the other team of his game; it makes nobody else of him.
UPDATE player_games
SET conflict = concat_ws('; ', conflict, found.reason)
FROM (
  SELECT
    game_date, player_lookup,
    count(DISTINCT team_abbr) FILTER (is_newest) AS teams,
    concat_ws('; ',
      CASE WHEN teams > 1 AND count(DISTINCT game) = 1
        THEN 'plays for ' || array_to_string(list_sort(list(DISTINCT team_abbr)), ' and ')
          || ' in one game' END,
      CASE WHEN count(DISTINCT game) > 1
        THEN 'plays in ' || array_to_string(list_sort(list(DISTINCT game)), ' and ')
          || ' on one date' END,
      CASE WHEN count(DISTINCT universal_player_id) > 1
        THEN 'is ' || array_to_string(list_sort(list(DISTINCT universal_player_id)), ' and ')
          || ' in one game' END
    ) AS reason
  FROM (
    SELECT
      *,
      rank() OVER (
        PARTITION BY game_date, game, player_lookup ORDER BY processed_at DESC NULLS LAST
      ) = 1 AS is_newest
    FROM player_games
    WHERE is_active AND has_minutes AND player_lookup IS NOT NULL
  )
  GROUP BY game_date, player_lookup
  HAVING
    teams > 1
    OR count(DISTINCT game) > 1
    OR count(DISTINCT universal_player_id) > 1
) AS found
WHERE
  found.game_date = player_games.game_date AND found.player_lookup = player_games.player_lookup;
