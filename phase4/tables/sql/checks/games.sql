-- Every id that a layer has of a game, and the game that its rows mean by it, with their number.
CREATE OR REPLACE TEMP TABLE layer_games AS
SELECT 'L1' AS layer, game_date, game_id, game, COUNT(*) AS told_rows
FROM (
  ${settled_lines}
)
GROUP BY game_date, game_id, game
UNION ALL
SELECT 'L3 players', game_date, game_id, game, COUNT(*)
FROM (
  ${settled_in_range}
)
GROUP BY game_date, game_id, game
UNION ALL
SELECT 'L3 offense', game_date, game_id, ${offense_game}, 1
FROM `${offense_table}`
WHERE game_date BETWEEN range_start AND range_end
UNION ALL
SELECT 'L3 defense', game_date, game_id, ${defense_game}, 1
FROM `${defense_table}`
WHERE game_date BETWEEN range_start AND range_end;

-- L4 has no teams: an id is the game that a source means by it, or the teams that it is made of.
CREATE OR REPLACE TEMP TABLE stored_ids AS
SELECT game_date, game_id, ${id_game} AS game
FROM (
  SELECT DISTINCT game_date, game_id
  FROM `${target_table}`
  WHERE
    game_date BETWEEN range_start AND range_end
    AND game_date IN (SELECT game_date FROM judged)
);
