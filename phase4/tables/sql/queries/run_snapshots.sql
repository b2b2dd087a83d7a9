-- The snapshots of one run until its end, oldest first, as far as its report shows them. An event may
-- come when the run has long been undone: what is counted then is not what the run has left.
SELECT
  event_id,
  snapshot_at,
  kind,
  wave,
  start_date,
  end_date,
  verdict,
  failed_criteria,
  l1_games,
  l3_games,
  l4_games,
  due_games,
  covered_games,
  attainable_games,
  coverage_pct,
  eligible_pct,
  reachable_pct,
  ceiling_pct,
  date_coverage_pct,
  l3_coverage_pct,
  ml_ready,
  ml_obstacles,
  losses,
  tiers,
  checks,
  criteria,
  queries,
  load_jobs,
  bytes_processed,
  duration_seconds
FROM `${ops_dataset}.coverage_snapshots`
WHERE
  run_id = @run_id
  AND snapshot_at <= (
    SELECT IFNULL(MAX(finished_at), CURRENT_TIMESTAMP())
    FROM `${ops_dataset}.runs`
    WHERE run_id = @run_id)
ORDER BY snapshot_at
