-- The undos of a run that came to hold their lock, oldest first: how many of its dates each put back or took
-- back, and whether it was undone itself.
WITH
  undos AS (
    SELECT run_id, state, started_at, REGEXP_EXTRACT(purpose, '^undo of (.*)$') AS undone_run
    FROM `${ops_dataset}.runs`
    WHERE kind = 'undo' AND state != 'REFUSED'
  ),

  done AS (
    SELECT run_id, COUNT(DISTINCT game_date) AS dates
    FROM `${ops_dataset}.outcomes`
    WHERE status = 'PUBLISHED'
    GROUP BY run_id
  ),

  themselves AS (
    SELECT undone_run
    FROM undos
    WHERE state = 'SUCCEEDED'
    GROUP BY undone_run
  )

SELECT
  undos.run_id,
  undos.state,
  undos.started_at,
  IFNULL(done.dates, 0) AS dates,
  themselves.undone_run IS NOT NULL AS is_undone
FROM undos
LEFT JOIN done
  ON done.run_id = undos.run_id
LEFT JOIN themselves
  ON themselves.undone_run = undos.run_id
WHERE undos.undone_run = @run_id
ORDER BY undos.started_at
