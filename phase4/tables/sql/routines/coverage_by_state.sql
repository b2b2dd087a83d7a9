-- What the tables hold, per season and date state: the base of every coverage figure.
-- Games are counted by identity: a surplus of one date or layer never fills a hole of another.
-- A run is judged by the dates of its plan, which are all dates of its range unless it was given
-- single ones; without a plan every date of the range counts.
-- Games that L1 lacks where it has none at all (an outage of the raw feed), or where rows were lost, are
-- counted apart.
WITH
  planned AS (
    SELECT game_date
    FROM `${ops_dataset}.plan`
    WHERE run_id = this_run
  ),

  facts AS (
    SELECT
      status.*,
      state IN ('MISSING', 'PARTIAL', 'STALE', 'OVERCOUNT', 'COMPLETE') AS fillable,
      state NOT IN ('NO_GAMES', 'EXEMPT_PRESEASON', 'EXEMPT_BOOTSTRAP', 'EXEMPT_ALL_STAR')
        AS eligible,
      SAFE_DIVIDE(present_players * 100, expected_players) AS players_pct
    FROM `${ops_dataset}.date_status`(range_start, range_end) AS status
    WHERE
      NOT EXISTS (SELECT 1 FROM planned)
      OR game_date IN (SELECT game_date FROM planned)
  )

SELECT
  season_year,
  state,
  LOGICAL_OR(eligible) AS eligible,
  LOGICAL_OR(fillable) AS fillable,
  COUNT(*) AS dates,
  COUNTIF(l1_games > 0) AS l1_dates,
  COUNTIF(l3_games > 0) AS l3_dates,
  COUNTIF(l4_games > 0) AS l4_dates,
  COUNTIF(covered_games > 0) AS covered_dates,
  SUM(l1_games) AS l1_games,
  SUM(l3_games) AS l3_games,
  SUM(l4_games) AS l4_games,
  SUM(covered_games) AS covered_games,
  SUM(l3_covered_games) AS l3_covered_games,
  SUM(IF(fillable, attainable_games, covered_games)) AS attainable_games,
  COUNTIF(IF(fillable, attainable_games, covered_games) < l1_games) AS unattainable_dates,
  COUNTIF(fillable AND covered_games < attainable_games) AS unfilled_dates,
  SUM(IF(fillable, reachable_games, 0)) AS reachable_games,
  SUM(IF(fillable, reachable_covered_games, 0)) AS reachable_covered_games,
  COUNTIF(l1_games = 0 AND unconfirmed_games > 0) AS unconfirmed_dates,
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
GROUP BY season_year, state
