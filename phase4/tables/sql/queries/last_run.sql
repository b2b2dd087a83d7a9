-- The last backfill that came to hold its lock.
SELECT run_id
FROM `${ops_dataset}.runs`
WHERE kind = 'backfill' AND state != 'REFUSED'
ORDER BY started_at DESC
LIMIT 1
