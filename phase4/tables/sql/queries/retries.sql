-- What the tasks of a run are trying again at this moment: the newest note of each call, while it is young
-- and its date has no outcome of later.
WITH
  notes AS (
    SELECT *
    FROM `${ops_dataset}.retries`
    WHERE
      noted_at > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${retry_note_lasts} SECOND)
      AND run_id = @run_id
    QUALIFY ROW_NUMBER() OVER (PARTITION BY wave, task, what ORDER BY noted_at DESC) = 1
  )

SELECT wave, task, what, game_date, tries, error, noted_at, gives_up_at
FROM notes
WHERE NOT EXISTS (
  SELECT 1
  FROM `${ops_dataset}.outcomes` AS outcome
  WHERE
    outcome.run_id = @run_id
    AND outcome.game_date = notes.game_date
    AND outcome.finished_at > notes.noted_at
)
ORDER BY game_date, what, wave, task
