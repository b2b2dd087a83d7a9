-- One player on one date: what L3 says of the game, and every L4 row of it, newest first. player: lookup
-- or name in small letters, all but letters of ASCII and digits left out; folded: the same with the letters
-- behind accents, as lookups are made. Nobody is named by nothing.
WITH
  ${date_layers},

  facts AS (
    SELECT
      game,
      player_lookup,
      MIN(game_id) AS game_id,
      -- Copies of a row may differ: of each column the same one is shown every time.
      MIN(player_full_name) AS player_name,
      MIN(team_abbr) AS team_abbr,
      MIN(opponent_team_abbr) AS opponent_team_abbr,
      MAX(minutes_played) AS minutes_played,
      MAX(usage_rate) AS usage_rate,
      MAX(points) AS points,
      LOGICAL_OR(is_active) AS is_active
    FROM player_rows
    GROUP BY game, player_lookup
  )

SELECT
  COALESCE(facts.game_id, scores.game_id) AS game_id,
  COALESCE(facts.player_lookup, scores.player_lookup) AS player_lookup,
  facts.player_name,
  facts.team_abbr,
  facts.opponent_team_abbr,
  facts.minutes_played,
  facts.usage_rate,
  facts.points,
  facts.is_active,
  scores.player_lookup IS NOT NULL AS is_scored,
  scores.* EXCEPT (game, game_id, player_lookup)
FROM facts
FULL JOIN factor_rows AS scores
  ON scores.game = facts.game
  AND scores.player_lookup = facts.player_lookup
WHERE
  @folded != ''
  AND @folded = REGEXP_REPLACE(
    LOWER(COALESCE(facts.player_lookup, scores.player_lookup)), r'[^a-z0-9]', '')
  OR @player != ''
  AND @player = REGEXP_REPLACE(LOWER(facts.player_name), r'[^a-z0-9]', '')
ORDER BY scores.processed_at DESC, game_id, scores.data_hash
