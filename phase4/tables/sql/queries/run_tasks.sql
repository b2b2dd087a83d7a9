-- The tasks of one run: from the read of L3 to the last date, and what it used, per attempt.
SELECT
  wave,
  task,
  attempt,
  MIN(read_at) AS started_at,
  MAX(finished_at) AS finished_at,
  COUNTIF(status != 'SKIPPED') AS dates,
  COUNTIF(status = 'FAILED') AS failed,
  SUM(counted_players) AS players,
  -- Each batch says what the attempt had used until then.
  ARRAY_AGG(usage ORDER BY usage.seconds DESC LIMIT 1)[SAFE_OFFSET(0)] AS usage
FROM `${ops_dataset}.outcomes`
WHERE run_id = @run_id
GROUP BY wave, task, attempt
ORDER BY wave, task, attempt
