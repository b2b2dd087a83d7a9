-- What is not written, and why: rows with poisoned numbers, team rows that were read without the
-- poisoned number, and rows whose scores left their range.
SELECT game_date, game_id, player_lookup, poison AS reason, row_json
FROM took_part SEMI JOIN requested USING (game_date)
WHERE poison IS NOT NULL
UNION ALL
SELECT game_date, game_id, NULL, 'team_offense_game_summary ' || team_abbr || ': ' || poison, row_json
FROM offense_games SEMI JOIN requested USING (game_date)
WHERE poison IS NOT NULL
UNION ALL
SELECT game_date, game_id, NULL, 'team_defense_game_summary ' || team_abbr || ': ' || poison, row_json
FROM defense_games SEMI JOIN requested USING (game_date)
WHERE poison IS NOT NULL
UNION ALL
SELECT
  game_date, game_id, player_lookup, ${violation},
  '{"fatigue":' || fatigue_context_json || ',"shot_zone":' || shot_zone_context_json
    || ',"pace":' || pace_context_json || ',"usage":' || usage_context_json || '}'
FROM factors
WHERE ${violation} IS NOT NULL
ORDER BY ALL
