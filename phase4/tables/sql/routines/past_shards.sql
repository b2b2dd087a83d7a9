-- The shards of the last finished backfills that had something to do in the table that a run fills unless
-- told otherwise, with the seconds that each run took: what a forecast is calibrated by. Those of its other
-- tables are in the seconds, too.
WITH
  shards AS (
    SELECT
      run_id,
      wave,
      task,
      COUNT(*) AS dates,
      SUM(expected_players) AS players,
      LOGICAL_OR(${of_default_table}) AS fills_default
    FROM `${ops_dataset}.plan`
    WHERE action = 'PLANNED'
    GROUP BY run_id, wave, task
  ),

  ranked AS (
    SELECT
      shards.run_id,
      shards.wave,
      shards.dates,
      shards.players,
      TIMESTAMP_DIFF(runs.finished_at, runs.started_at, MILLISECOND) / 1000 AS seconds,
      DENSE_RANK() OVER (ORDER BY runs.started_at DESC, runs.run_id) AS place
    FROM shards
    JOIN `${ops_dataset}.runs` AS runs
      ON runs.run_id = shards.run_id
    WHERE
      runs.kind = 'backfill'
      AND runs.state = 'SUCCEEDED'
      AND shards.run_id IN (SELECT run_id FROM shards WHERE fills_default)
  )

SELECT run_id, seconds, wave, dates, players
FROM ranked
WHERE place <= last_runs
