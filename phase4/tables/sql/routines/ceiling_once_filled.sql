-- The ceiling of L4 once L3 has every game that L1 can give it: what is blocked or lost today for want of
-- L3 is then reachable, an exempt date stays as it is. request: the checked arguments of a run as JSON
-- text; its dates and its first days of a season are those of its plan.
DECLARE first_asked DATE DEFAULT CAST(JSON_VALUE(request, '$.start_date') AS DATE);
DECLARE last_asked DATE DEFAULT CAST(JSON_VALUE(request, '$.end_date') AS DATE);
DECLARE asked_history_days INT64 DEFAULT CAST(JSON_VALUE(request, '$.stale_history_days') AS INT64);
DECLARE asked_first_days INT64 DEFAULT CAST(JSON_VALUE(request, '$.bootstrap_days') AS INT64);

CREATE OR REPLACE TEMP TABLE upstream AS
SELECT game_date, expected_games
FROM `${ops_dataset}.player_game_summary_status`(first_asked, last_asked);

SELECT
  IFNULL(SUM(status.due_games), 0) AS due_games,
  IFNULL(SUM(
    IF(
      status.state IN (${exempt_states}),
      status.attainable_games,
      LEAST(status.due_games, status.attainable_games + upstream.expected_games))
  ), 0) AS attainable_games
FROM `${ops_dataset}.date_status_within`(
  first_asked, last_asked, asked_history_days, asked_first_days) AS status
JOIN upstream
  ON upstream.game_date = status.game_date
WHERE
  ARRAY_LENGTH(JSON_VALUE_ARRAY(request, '$.dates')) = 0
  OR CAST(status.game_date AS STRING) IN UNNEST(JSON_VALUE_ARRAY(request, '$.dates'));
