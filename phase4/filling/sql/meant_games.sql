-- A row that names other teams than the others of its game id, or none, is of their game all the same.
CREATE OR REPLACE TEMP TABLE player_games AS
SELECT * EXCLUDE (told_rows) REPLACE (${settled_game} AS game)
FROM (SELECT *, ${told_rows} AS told_rows FROM player_games);
