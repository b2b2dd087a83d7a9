-- What became of every planned date: its newest outcome. One without an outcome has died when its wave has
-- ended, or when its wave had begun before the run was over; else it has not been started.
SELECT
  planned.run_id,
  planned.table_name,
  planned.game_date,
  planned.state,
  planned.reason AS plan_reason,
  planned.present_games,
  planned.covered_games,
  planned.forecast_games,
  planned.expected_players,
  planned.wave,
  planned.task,
  planned.planned_at,
  run.started_at,
  newest.* EXCEPT (run_id, table_name, game_date, wave, task, status, expected_players),
  CASE
    WHEN newest.status IS NOT NULL THEN newest.status
    WHEN planned.wave <= run.last_wave THEN 'DIED'
    WHEN IFNULL(run.state, 'RUNNING') IN ('WAITING', 'RUNNING') THEN 'NOT_STARTED'
    WHEN planned.wave <= MAX(newest.wave) OVER (PARTITION BY planned.run_id) THEN 'DIED'
    ELSE 'NOT_STARTED'
  END AS status
FROM (
  SELECT * EXCEPT (table_name), ${filled_table_name} AS table_name
  FROM `${ops_dataset}.plan`
  WHERE ${of_runs} AND action = 'PLANNED'
) AS planned
LEFT JOIN (
  SELECT * EXCEPT (table_name), ${filled_table_name} AS table_name
  FROM `${ops_dataset}.outcomes`
  WHERE ${of_runs}
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY run_id, ${filled_table_name}, game_date
    ORDER BY finished_at DESC, attempt DESC) = 1
) AS newest
  ON newest.run_id = planned.run_id
  AND newest.table_name = planned.table_name
  AND newest.game_date = planned.game_date
LEFT JOIN `${ops_dataset}.runs` AS run
  ON run.run_id = planned.run_id
