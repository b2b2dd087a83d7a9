-- What the tables hold of a range of dates, in one row; the state of every date is asked once, for all of it.
-- counts: per season and date state, the base of every coverage figure.
-- findings: the rows of every check that reads dates.
-- held: the dates of a table that `--force` leaves alone.
-- judged_kind: checkpoint, wave, run or range; claims_json: what an event claims ('{}' without one).
DECLARE first_whole DATE DEFAULT IF(judged_kind IN ('run', 'range'), range_start, DATE '1900-01-02');
DECLARE last_whole DATE DEFAULT IF(judged_kind IN ('run', 'range'), range_end, DATE '1900-01-01');
${date_checks}
-- Games are counted by identity: a surplus of one date or layer never fills a hole of another.
-- A run is judged by the dates of its plan, which are all dates of its range unless it was given
-- single ones; without a plan every date of the range counts.
-- Games that L1 lacks where it has none at all (an outage of the raw feed), or where rows were lost, are
-- counted apart.
CREATE OR REPLACE TEMP TABLE counts AS
WITH
  planned_dates AS (
    SELECT game_date
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run
  ),

  facts AS (
    SELECT
      dates.*,
      -- Games that upstream lost are a loss of their state, those that L1 never had one of their own.
      IF(state = 'BLOCKED_SHRUNK', 0, unconfirmed_games) AS silent_games,
      SAFE_DIVIDE(present_players * 100, expected_players) AS players_pct
    FROM dates
    WHERE
      NOT EXISTS (SELECT 1 FROM planned_dates)
      OR game_date IN (SELECT game_date FROM planned_dates)
  )

SELECT
  season_year,
  state,
  COUNT(*) AS dates,
  COUNTIF(l1_games > 0) AS l1_dates,
  COUNTIF(l3_games > 0) AS l3_dates,
  COUNTIF(l4_games > 0) AS l4_dates,
  COUNTIF(covered_games > 0) AS covered_dates,
  SUM(l1_games) AS l1_games,
  SUM(l3_games) AS l3_games,
  SUM(l4_games) AS l4_games,
  ${headline},
  SUM(l3_covered_games) AS l3_covered_games,
  SUM(silent_games) AS silent_games,
  COUNTIF(silent_games > 0) AS silent_dates,
  COUNTIF(attainable_games + silent_games < due_games) AS unattainable_dates,
  IFNULL(STRING_AGG(
    IF(attainable_games + silent_games < due_games, CAST(game_date AS STRING), NULL), ' '
    ORDER BY game_date), '') AS upstream_dates,
  COUNTIF(covered_games < attainable_games) AS unfilled_dates,
  SUM(reachable_games) AS reachable_games,
  SUM(reachable_covered_games) AS reachable_covered_games,
  COUNTIF(due_games > 0) AS due_dates,
  SUM(unconfirmed_games) AS unconfirmed_games,
  SUM(active_rows) AS active_rows,
  SUM(timed_rows) AS timed_rows,
  SUM(expected_players) AS expected_players,
  SUM(present_players) AS present_players,
  COUNTIF(l4_games > 0 AND players_pct >= ${date_players_target}) AS ok_dates,
  COUNTIF(l4_games > 0 AND players_pct >= ${date_players_minimum}
    AND players_pct < ${date_players_target}) AS warning_dates,
  COUNTIF(l4_games > 0 AND players_pct < ${date_players_minimum}) AS failed_dates,
  MAX(age_days) AS oldest_gap_days
FROM facts
GROUP BY season_year, state;

SELECT
  ARRAY(SELECT one FROM counts AS one ORDER BY one.season_year, one.state) AS counts,
  ARRAY(SELECT one FROM findings AS one) AS findings,
  ARRAY(
    SELECT AS STRUCT table_name, game_date, state
    FROM table_states
    WHERE state IN (${blocked_states}, ${exempt_states})
    ORDER BY table_name, game_date) AS held;
