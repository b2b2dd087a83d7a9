-- Coverage over time: every snapshot of a range, or of one run (run_id = '' for all), oldest first.
SELECT
  snapshot_at,
  kind,
  `trigger`,
  run_id,
  wave,
  scope,
  coverage_pct,
  coverage_pct - LAG(coverage_pct) OVER (PARTITION BY scope ORDER BY snapshot_at) AS gained_pct,
  eligible_pct,
  reachable_pct,
  ceiling_pct,
  l4_games,
  l4_dates,
  verdict
FROM `${ops_dataset}.coverage_snapshots`
WHERE
  snapshot_date BETWEEN @start_date AND @end_date
  AND (@run_id = '' OR run_id = @run_id)
ORDER BY scope, snapshot_at
