-- The last snapshots, newest first.
SELECT
  snapshot_at,
  kind,
  trigger,
  scope,
  run_id,
  wave,
  start_date,
  end_date,
  verdict,
  coverage_pct,
  ceiling_pct,
  covered_games,
  attainable_games,
  due_games
FROM `${ops_dataset}.coverage_snapshots`
ORDER BY snapshot_at DESC
LIMIT 6
