-- What the checks read (arguments of the routine: judged_kind, range_start, range_end, this_run,
-- this_wave, claims_json). A shard is judged by the dates it claims, a wave by the dates planned up to
-- it, a run by the dates of its plan, a range by every date: a fault that a later wave heals is not
-- this wave's, and what lies between single dates is not theirs.
WITH
  claimed AS (
    SELECT
      CAST(JSON_VALUE(claim, '$.game_date') AS DATE) AS game_date,
      JSON_VALUE(claim, '$.status') AS status,
      CAST(JSON_VALUE(claim, '$.games') AS INT64) AS games,
      CAST(JSON_VALUE(claim, '$.players') AS INT64) AS players
    FROM UNNEST(JSON_QUERY_ARRAY(claims_json, '$.dates')) AS claim
  ),

  planned AS (
    SELECT DISTINCT game_date, wave
    FROM `${ops_dataset}.plan`
    WHERE
      run_id = this_run
      AND action = 'PLANNED'
      AND (judged_kind = 'run' OR judged_kind = 'wave' AND wave <= this_wave)
  ),

  asked AS (
    SELECT game_date
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run
  ),

  judged AS (
    SELECT game_date
    FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS game_date
    WHERE
      CASE judged_kind
        WHEN 'shard' THEN game_date IN (SELECT game_date FROM claimed WHERE status != 'FAILED')
        WHEN 'wave' THEN game_date IN (SELECT game_date FROM planned)
        WHEN 'run' THEN
          NOT EXISTS (SELECT 1 FROM asked) OR game_date IN (SELECT game_date FROM asked)
        ELSE TRUE
      END
  ),

  calendar AS (
    SELECT season_year, opener
    FROM `${seasons}`
  ),

  dates AS (
    SELECT status.*, calendar.opener
    FROM `${ops_dataset}.date_status`(range_start, range_end) AS status
    LEFT JOIN calendar
      ON calendar.season_year = status.season_year
  ),

  played AS (
    SELECT DISTINCT game_date, game_id, player_lookup
    FROM `${player_table}`
    WHERE
      game_date BETWEEN range_start AND range_end
      AND is_active
      AND minutes_played > 0
  ),

  factor_rows AS (
    SELECT *
    FROM `${target_table}`
    WHERE
      game_date BETWEEN range_start AND range_end
      AND game_date IN (SELECT game_date FROM judged)
  ),

  factors AS (
    SELECT factor
    FROM UNNEST([${active_names}]) AS factor
  ),

  scores AS (
    SELECT
      factor_rows.game_date,
      factor_rows.game_id,
      EXTRACT(YEAR FROM factor_rows.game_date)
        - IF(EXTRACT(MONTH FROM factor_rows.game_date) >= 10, 0, 1) AS season_year,
      one.factor,
      one.score,
      one.low,
      one.high
    FROM factor_rows
    CROSS JOIN UNNEST([
      ${active_scores}
    ]) AS one
  ),

  -- The newest season with L4 rows in the range, and how far into the season they reach.
  phase AS (
    SELECT
      newest.season_year,
      MIN(DATE_DIFF(factor_rows.game_date, calendar.opener, DAY)) AS first_day,
      MAX(DATE_DIFF(factor_rows.game_date, calendar.opener, DAY)) AS last_day
    FROM (SELECT MAX(season_year) AS season_year FROM scores) AS newest
    JOIN calendar
      ON calendar.season_year = newest.season_year
    JOIN factor_rows
      ON factor_rows.game_date >= calendar.opener
    GROUP BY newest.season_year
  ),

  -- The same phase of the pinned good season; empty when the range is that season.
  reference AS (
    SELECT
      DATE_ADD(calendar.opener, INTERVAL phase.first_day DAY) AS first_date,
      DATE_ADD(calendar.opener, INTERVAL phase.last_day DAY) AS last_date
    FROM calendar
    CROSS JOIN phase
    WHERE
      calendar.season_year = ${drift_reference_season}
      AND phase.season_year != ${drift_reference_season}
  ),

  table_dates AS (
    SELECT
      game_date,
      COUNT(DISTINCT game_id) AS games,
      COUNT(DISTINCT CONCAT(game_id, '|', player_lookup)) AS players
    FROM factor_rows
    GROUP BY game_date
  ),

  -- The latest success that the ledger records for each date, whichever run it was.
  ledger AS (
    SELECT game_date, run_id, status, counted_games, counted_players
    FROM `${ops_dataset}.outcomes`
    WHERE
      game_date BETWEEN range_start AND range_end
      AND game_date IN (SELECT game_date FROM judged)
      AND status IN ('PUBLISHED', 'UNCHANGED')
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date ORDER BY finished_at DESC, attempt DESC) = 1
  ),

  lost_dates AS (
    SELECT
      ledger.game_date,
      ledger.run_id,
      ledger.counted_players,
      IFNULL(table_dates.players, 0) AS players
    FROM ledger
    LEFT JOIN table_dates
      ON table_dates.game_date = ledger.game_date
    WHERE
      IFNULL(table_dates.players, 0) < ledger.counted_players
      OR IFNULL(table_dates.games, 0) < ledger.counted_games
  )
