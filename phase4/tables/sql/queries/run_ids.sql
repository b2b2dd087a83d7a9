-- The runs whose ids begin so, newest first; a few are enough to say that there are several.
SELECT run_id
FROM `${ops_dataset}.runs`
WHERE STARTS_WITH(run_id, @prefix)
ORDER BY started_at DESC
LIMIT 5
