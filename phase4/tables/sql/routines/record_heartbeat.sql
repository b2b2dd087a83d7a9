-- Leaves the sign of life of a routine run, once per run.
INSERT INTO `${ops_dataset}.heartbeats` (name, run_id, beat_at, verdict, detail)
SELECT beat_name, this_run, CURRENT_TIMESTAMP(), run_verdict, run_detail
FROM (SELECT 1)
WHERE NOT EXISTS (
  SELECT 1 FROM `${ops_dataset}.heartbeats` AS known
  WHERE known.name = beat_name AND known.run_id = this_run
);

SELECT beat_at
FROM `${ops_dataset}.heartbeats`
WHERE name = beat_name AND run_id = this_run;
