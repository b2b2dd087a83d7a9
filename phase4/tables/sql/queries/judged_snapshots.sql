-- What was judged of late: snapshots of runs and ranges with their checks, oldest first.
WITH
  newest AS (
    SELECT
      snapshot_at,
      kind,
      trigger,
      scope,
      run_id,
      verdict,
      coverage_pct,
      ceiling_pct,
      covered_games,
      due_games,
      checks
    FROM `${ops_dataset}.coverage_snapshots`
    WHERE snapshot_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 400 DAY) AND kind IN ('run', 'range')
    ORDER BY snapshot_at DESC
    LIMIT 100
  )

SELECT *
FROM newest
ORDER BY snapshot_at
