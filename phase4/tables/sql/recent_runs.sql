-- The runs that an overview shows.
SELECT *
FROM `${ops_dataset}.runs`
ORDER BY started_at DESC, run_id
LIMIT 10
