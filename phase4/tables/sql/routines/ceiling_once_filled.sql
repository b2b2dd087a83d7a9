-- The ceilings of the tables that a run fills from L3, once L3 has every game that L1 can give it: what is
-- blocked or lost today for want of L3 is then reachable, an exempt date stays as it is. request: the
-- checked arguments of a run as JSON text; its dates and its first days of a season are those of its plan,
-- and only tables of its stages have a ceiling.
${asked}

${filled_statuses}
CREATE OR REPLACE TEMP TABLE upstream AS
SELECT game_date, expected_games
FROM `${ops_dataset}.${player_summary}_status`(first_asked, last_asked)
WHERE STRPOS(JSON_QUERY(request, '$.stages'), '"${player_summary}"') > 0;

WITH
  -- L4's factors owe what L1 lists, the others what L3 has: they owe more once it has more.
  once_filled AS (
    SELECT
      status.table_name,
      status.attainable_games,
      status.state IN (${exempt_states}) AS is_exempt,
      IFNULL(upstream.expected_games, 0) AS gained_games,
      status.due_games
        + IF(status.table_name = '${default_table}', 0, IFNULL(upstream.expected_games, 0))
        AS due_games
    FROM statuses AS status
    LEFT JOIN upstream
      ON upstream.game_date = status.game_date
    WHERE
      ARRAY_LENGTH(JSON_VALUE_ARRAY(request, '$.dates')) = 0
      OR CAST(status.game_date AS STRING) IN UNNEST(JSON_VALUE_ARRAY(request, '$.dates'))
  ),

  ceilings AS (
    SELECT
      table_name,
      SUM(due_games) AS due_games,
      SUM(IF(is_exempt, attainable_games, LEAST(due_games, attainable_games + gained_games)))
        AS attainable_games
    FROM once_filled
    GROUP BY table_name
  )

SELECT
  TO_JSON_STRING(IFNULL(ARRAY_AGG(
    STRUCT(
      table_name AS table_name, due_games AS due_games, attainable_games AS attainable_games)
    ORDER BY table_name), [])) AS ceilings_json
FROM ceilings;
