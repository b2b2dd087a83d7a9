-- What a run with these arguments would do with every date of its range, for each of the tables that it
-- fills at once: planned in a wave and a shard, or skipped with a reason. The canary is one wave, all the
-- other dates are the next. request: the checked arguments of the workflow as JSON text, with the tables
-- and the number of the first wave; statuses: the states of the dates of these tables.
WITH
  options AS (
    SELECT
      CAST(JSON_VALUE(request, '$.tasks') AS INT64) AS tasks,
      CAST(JSON_VALUE(request, '$.parallelism') AS INT64) AS parallelism,
      CAST(JSON_VALUE(request, '$.dates_per_task') AS INT64) AS dates_per_task,
      CAST(JSON_VALUE(request, '$.canary_dates') AS INT64) AS canary_dates,
      CAST(JSON_VALUE(request, '$.force') AS BOOL) AS forced,
      IFNULL(CAST(JSON_VALUE(request, '$.accept_loss') AS BOOL), FALSE) AS accepts_loss,
      CAST(JSON_VALUE(request, '$.first_wave') AS INT64) AS first_wave,
      JSON_VALUE_ARRAY(request, '$.states') AS states,
      JSON_VALUE_ARRAY(request, '$.dates') AS dates
  ),

  asked AS (
    SELECT
      status.*,
      options.accepts_loss,
      status.can_fill AND (
        status.state IN UNNEST(options.states)
        OR options.accepts_loss AND status.state = 'BLOCKED_SHRUNK'
        OR options.forced AND status.is_reachable
      ) AS is_gap
    FROM statuses AS status
    CROSS JOIN options
    WHERE
      ARRAY_LENGTH(options.dates) = 0
      OR CAST(status.game_date AS STRING) IN UNNEST(options.dates)
  ),

  -- Dates that are no gap stay in the line, so that the states are asked for only once: every window
  -- below looks at gaps and at the others apart.
  gaps AS (
    SELECT
      asked.*,
      GREATEST(asked.expected_rows, 1) AS weight,
      (ROW_NUMBER() OVER gaps_in_order - 1) * options.canary_dates AS steps,
      COUNT(*) OVER (PARTITION BY asked.table_name, asked.is_gap) AS gap_count
    FROM asked
    CROSS JOIN options
    WINDOW gaps_in_order AS (
      PARTITION BY asked.table_name, asked.is_gap ORDER BY asked.game_date)
  ),

  stretches AS (
    SELECT *, DIV(steps, gap_count) AS stretch
    FROM gaps
  ),

  -- The canary looks at every stretch of the range, at its largest and smallest days in turn.
  ranked AS (
    SELECT
      *,
      ROW_NUMBER() OVER (
        PARTITION BY table_name, is_gap, stretch
        ORDER BY IF(MOD(stretch, 2) = 0, -weight, weight), game_date
      ) AS rank_in_stretch
    FROM stretches
  ),

  canaries AS (
    SELECT
      ranked.*,
      options.canary_dates > 0 AND ranked.rank_in_stretch = 1 AS is_canary
    FROM ranked
    CROSS JOIN options
  ),

  waves AS (
    SELECT
      canaries.*,
      CASE
        WHEN NOT canaries.is_gap THEN NULL
        WHEN canaries.is_canary THEN options.first_wave
        ELSE options.first_wave + 1
      END AS wave
    FROM canaries
    CROSS JOIN options
  ),

  -- Unless told, a wave has no more tasks than their start and their read of the history are worth.
  staffed AS (
    SELECT
      waves.*,
      IFNULL(
        options.tasks,
        LEAST(
          options.parallelism,
          DIV(
            COUNT(*) OVER (PARTITION BY waves.table_name, waves.wave) + options.dates_per_task - 1,
            options.dates_per_task))
      ) AS tasks
    FROM waves
    CROSS JOIN options
  ),

  -- What a date takes of a task, in milliseconds: its load and its row in the ledger, and its players.
  timed AS (
    SELECT
      *,
      CAST(ROUND(1000 * (${date_seconds} + weight * ${player_seconds})) AS INT64) AS takes
    FROM staffed
  ),

  -- A date goes to the shard in which the middle of its time falls: contiguous and balanced. A task
  -- fills one shard of every table of the stage: it reads what is behind their dates once.
  dealt AS (
    SELECT
      *,
      tasks * (2 * SUM(takes) OVER (PARTITION BY table_name, wave ORDER BY game_date) - takes)
        AS middle,
      2 * SUM(takes) OVER (PARTITION BY table_name, wave) AS whole
    FROM timed
  ),

  sharded AS (
    SELECT
      *,
      DENSE_RANK() OVER (PARTITION BY table_name, wave ORDER BY DIV(middle, whole)) - 1 AS task
    FROM dealt
  )

SELECT
  table_name,
  game_date,
  IF(is_gap, 'PLANNED', 'SKIPPED') AS action,
  state,
  reason,
  wave,
  IF(is_gap, task, NULL) AS task,
  expected_games,
  expected_rows AS expected_players,
  l1_games,
  present_games,
  due_games,
  covered_games,
  IF(is_gap, refilled_games, covered_games) AS forecast_games,
  -- Of a loss that this run accepts, too.
  IF(is_gap, refilled_games, attainable_games) AS attainable_games,
  games,
  removable_rows,
  accepts_loss
FROM sharded
