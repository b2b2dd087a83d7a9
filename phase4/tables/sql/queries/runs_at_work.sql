-- The runs that were writing dates of a range at a moment: what they had not written was as before them.
SELECT run_id
FROM `${ops_dataset}.runs`
WHERE
  state NOT IN ('WAITING', 'REFUSED')
  AND started_at < @moment
  AND IFNULL(finished_at, lease_expires_at) > @moment
  AND start_date <= @end_date
  AND end_date >= @start_date
ORDER BY run_id
