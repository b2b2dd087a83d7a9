-- The runs that an overview shows: the last ones, and whatever still holds its lock.
SELECT *
FROM `${ops_dataset}.runs`
WHERE TRUE
QUALIFY
  state = 'RUNNING'
  OR ROW_NUMBER() OVER (ORDER BY started_at DESC, run_id) <= 10
