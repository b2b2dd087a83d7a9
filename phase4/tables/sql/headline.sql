IFNULL(SUM(due_games), 0) AS due_games,
IFNULL(SUM(covered_games), 0) AS covered_games,
IFNULL(SUM(attainable_games), 0) AS attainable_games
