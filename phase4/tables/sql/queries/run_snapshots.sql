-- The snapshots of one run, oldest first.
SELECT *
FROM `${ops_dataset}.coverage_snapshots`
WHERE snapshot_date >= DATE '2000-01-01' AND run_id = @run_id AND kind IN ('wave', 'run')
ORDER BY snapshot_at
