-- How long the last finished backfills took, next to what the cost model says of their plans:
-- the start, every wave, and in each wave its heaviest shard.
WITH
  finished AS (
    SELECT
      run_id,
      started_at,
      TIMESTAMP_DIFF(finished_at, started_at, MILLISECOND) / 1000 AS seconds
    FROM `${ops_dataset}.runs`
    WHERE kind = 'backfill' AND state = 'SUCCEEDED' AND finished_at < @before
  ),

  shards AS (
    SELECT
      run_id,
      wave,
      task,
      COUNT(*) * @date_seconds + SUM(expected_players) * @player_seconds AS seconds
    FROM `${ops_dataset}.plan`
    WHERE action = 'PLANNED'
    GROUP BY run_id, wave, task
  ),

  waves AS (
    SELECT run_id, wave, @wave_seconds + MAX(seconds) AS seconds
    FROM shards
    GROUP BY run_id, wave
  )

SELECT
  finished.run_id,
  ANY_VALUE(finished.seconds) AS seconds,
  @run_seconds + SUM(waves.seconds) AS modelled_seconds
FROM finished
JOIN waves
  ON waves.run_id = finished.run_id
GROUP BY finished.run_id
ORDER BY ANY_VALUE(finished.started_at) DESC
LIMIT 20
