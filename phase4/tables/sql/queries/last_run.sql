-- The last backfill that came to hold its lock, and whether nothing that did so came behind it.
SELECT run_id, is_newest
FROM (
  SELECT run_id, kind, started_at, ROW_NUMBER() OVER (ORDER BY started_at DESC) = 1 AS is_newest
  FROM `${ops_dataset}.runs`
  WHERE state != 'REFUSED'
)
WHERE kind = 'backfill'
ORDER BY started_at DESC
LIMIT 1
