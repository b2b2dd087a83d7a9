-- What of a line was written as unknown: who the player is, or how long he played.
SELECT
  box_lines.game_date,
  box_teams.game_id,
  box_lines.player_lookup,
  concat_ws('; ',
    CASE
      WHEN known_ids.player_lookup IS NULL THEN 'no universal_player_id is known'
      WHEN known_ids.universal_player_id IS NULL
        THEN 'universal_player_id is one of ' || array_to_string(known_ids.ids, ', ')
    END,
    CASE WHEN box_lines.nanoseconds IS NULL AND (box_lines.points > 0 OR box_lines.plays_used > 0)
      THEN format('minutes={} are no time, yet he did something', coalesce(minutes, 'NULL')) END
  ) AS reason,
  CAST(NULL AS VARCHAR) AS row_json
FROM box_lines
JOIN box_teams USING (game_date, game, team_abbr)
LEFT JOIN known_ids USING (player_lookup)
WHERE reason != ''
ORDER BY ALL
