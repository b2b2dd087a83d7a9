-- What the event claims and the table does not show: dates with fewer games or players than a task
-- counted, or fewer filled dates than a wave or a run reports as succeeded.
WITH
  disputed AS (
    SELECT
      claimed.game_date,
      CONCAT(
        claimed.table_name, ':',
        IF(claimed.table_name = '${default_table}', IFNULL(dates.state, ''), '')) AS to_mend,
      FORMAT('%s claimed with %d games and %d players, found %d and %d',
        CAST(claimed.game_date AS STRING), claimed.games, claimed.players,
        IFNULL(table_dates.games, 0), IFNULL(table_dates.players, 0)) AS finding
    FROM claimed
    LEFT JOIN table_dates
      ON table_dates.table_name = claimed.table_name
      AND table_dates.game_date = claimed.game_date
    LEFT JOIN dates
      ON dates.game_date = claimed.game_date
    WHERE
      claimed.status != 'FAILED'
      AND (
        IFNULL(table_dates.games, 0) < claimed.games
        OR IFNULL(table_dates.players, 0) < claimed.players)
  ),

  -- A date whose last rows went for good reason is filled too: the ledger counted none. One that an undo
  -- has emptied is not: an event may come when its run has long been undone.
  filled AS (
    SELECT COUNT(DISTINCT CONCAT(planned.table_name, CAST(planned.game_date AS STRING))) AS dates
    FROM planned
    LEFT JOIN table_dates
      ON table_dates.table_name = planned.table_name
      AND table_dates.game_date = planned.game_date
    LEFT JOIN ledger
      ON ledger.table_name = planned.table_name
      AND ledger.game_date = planned.game_date
    LEFT JOIN lost_dates
      ON lost_dates.table_name = planned.table_name
      AND lost_dates.game_date = planned.game_date
    WHERE
      lost_dates.game_date IS NULL
      AND (table_dates.game_date IS NOT NULL OR ledger.counted_players = 0 AND NOT ledger.is_undo)
      AND (judged_kind = 'run' OR planned.wave = this_wave)
  ),

  shortfall AS (
    SELECT
      IFNULL(CAST(JSON_VALUE(claims_json, '$.succeeded') AS INT64), 0) AS succeeded,
      filled.dates
    FROM filled
  )

SELECT
  '' AS subject,
  CAST(
    (SELECT COUNT(*) FROM disputed)
    + (SELECT GREATEST(succeeded - dates, 0) FROM shortfall) AS FLOAT64) AS figure,
  CONCAT(
    IFNULL(
      (SELECT STRING_AGG(finding, '; ' ORDER BY game_date LIMIT 10) FROM disputed), ''),
    (
      SELECT
        IF(succeeded > dates, FORMAT('%d dates claimed, %d filled', succeeded, dates), '')
      FROM shortfall
    )) AS detail,
  IFNULL((SELECT STRING_AGG(DISTINCT to_mend, ' ') FROM disputed), '') AS to_mend
