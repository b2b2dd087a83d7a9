-- Source rows that were not taken as they are, and why: players whose numbers are poisoned are not
-- written, teams are read without the poisoned number.
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
ORDER BY ALL
