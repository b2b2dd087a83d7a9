-- Numbers of the requested dates that count as absent; the rows themselves are used.
SELECT
  game_date, game_id, player_lookup,
  'usage_rate=' || usage || ': outside 0-100, counts as absent' AS reason,
  CAST(NULL AS VARCHAR) AS row_json
FROM took_part SEMI JOIN requested USING (game_date)
WHERE usage NOT BETWEEN 0 AND 100 AND poison IS NULL
UNION ALL
SELECT
  game_date, game_id, NULL,
  'team_offense_game_summary, ' || team_abbr || ': ' || poison || ', counts as absent', row_json
FROM offense_games SEMI JOIN requested USING (game_date)
WHERE poison IS NOT NULL
UNION ALL
SELECT
  game_date, game_id, NULL,
  'team_defense_game_summary, ' || team_abbr || ': ' || poison || ', counts as absent', row_json
FROM defense_games SEMI JOIN requested USING (game_date)
WHERE poison IS NOT NULL
ORDER BY ALL
