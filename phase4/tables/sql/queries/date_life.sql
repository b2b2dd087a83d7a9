-- What every run planned and did with one date, oldest first; one row per attempt.
SELECT
  IFNULL(plan.table_name, '${default_table}') AS table_name,
  plan.run_id,
  plan.action,
  plan.state AS planned_state,
  plan.reason AS planned_reason,
  plan.planned_at,
  plan.wave,
  plan.task,
  outcomes.attempt,
  outcomes.status,
  outcomes.reason,
  outcomes.expected_players,
  outcomes.counted_games,
  outcomes.counted_players,
  outcomes.quarantined_rows,
  outcomes.rows_changed,
  outcomes.load_job_id,
  outcomes.read_at,
  outcomes.finished_at,
  outcomes.execution,
  outcomes.code_version
FROM `${ops_dataset}.plan` AS plan
LEFT JOIN `${ops_dataset}.outcomes` AS outcomes
  ON outcomes.run_id = plan.run_id
  AND outcomes.game_date = plan.game_date
  AND IFNULL(outcomes.table_name, '${default_table}') = IFNULL(plan.table_name, '${default_table}')
WHERE plan.game_date = @game_date
ORDER BY COALESCE(outcomes.finished_at, plan.planned_at), table_name, outcomes.attempt
