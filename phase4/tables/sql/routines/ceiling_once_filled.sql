-- The ceiling of L4 once L3 has every game that L1 can give it: what is blocked or lost today for want of
-- L3 is then reachable, an exempt date stays as it is.
CREATE OR REPLACE TEMP TABLE upstream AS
SELECT game_date, expected_games
FROM `${ops_dataset}.player_game_summary_status`(range_start, range_end);

SELECT
  SUM(status.due_games) AS due_games,
  SUM(
    IF(
      status.state IN (${exempt_states}),
      status.attainable_games,
      LEAST(status.due_games, status.attainable_games + upstream.expected_games))
  ) AS attainable_games
FROM `${ops_dataset}.date_status`(range_start, range_end) AS status
JOIN upstream
  ON upstream.game_date = status.game_date;
