-- The states of a table that is computed and replaced, one row per date: which of the rows that are due it
-- has. What is due, and when a date may be computed, are the queries of its folder; who a row is about is
-- the same whatever the game's id. Rendered for each such table.
WITH
  due AS (
    ${due}
  ),

  ready AS (
    ${ready}
  ),

  present AS (
    SELECT
      game_date,
      ${who} AS who,
      MIN(game_id) AS game_id,
      COUNT(*) AS copies,
      COUNTIF(IFNULL(calculation_version, '') != '${version}') AS old_rows
    FROM `${filled_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date, who
  ),

  identities AS (
    SELECT
      COALESCE(due.game_date, present.game_date) AS game_date,
      COALESCE(due.who, present.who) AS who,
      due.game,
      present.game_id,
      due.who IS NOT NULL AS is_due,
      IFNULL(present.copies, 0) AS copies,
      IFNULL(present.old_rows, 0) AS old_rows
    FROM due
    FULL JOIN present
      ON present.game_date = due.game_date
      AND present.who = due.who
  ),

  sums AS (
    SELECT
      game_date,
      COUNTIF(is_due) AS due_rows,
      COUNTIF(is_due AND copies > 0) AS covered_rows,
      COUNTIF(NOT is_due) AS extra_rows,
      COUNTIF(copies > 1) AS doubled_rows,
      SUM(old_rows) AS old_rows,
      COUNT(DISTINCT game) AS due_games,
      COUNT(DISTINCT IF(copies > 0, game, NULL)) AS covered_games,
      COUNT(DISTINCT game_id) AS present_games,
      STRING_AGG(IF(is_due AND copies = 0, who, NULL), ', ' ORDER BY who LIMIT 10) AS missing,
      STRING_AGG(IF(NOT is_due, who, NULL), ', ' ORDER BY who LIMIT 10) AS extra
    FROM identities
    GROUP BY game_date
  ),

  changes AS (
    ${changes}
  ),

  facts AS (
    SELECT
      day AS game_date,
      IFNULL(ready.state, '') AS unready,
      IFNULL(ready.reason, '') AS why,
      IFNULL(sums.due_rows, 0) AS due_rows,
      IFNULL(sums.covered_rows, 0) AS covered_rows,
      IFNULL(sums.extra_rows, 0) AS extra_rows,
      IFNULL(sums.doubled_rows, 0) AS doubled_rows,
      IFNULL(sums.old_rows, 0) AS old_rows,
      IFNULL(sums.due_games, 0) AS due_games,
      IFNULL(sums.covered_games, 0) AS covered_games,
      IFNULL(sums.present_games, 0) AS present_games,
      IFNULL(changes.changed_dates, 0) AS changed_dates,
      IFNULL(changes.changed_sample, '') AS changed_sample,
      sums.missing,
      sums.extra
    FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS day
    LEFT JOIN ready
      ON ready.game_date = day
    LEFT JOIN sums
      ON sums.game_date = day
    LEFT JOIN changes
      ON changes.game_date = day
  ),

  -- Rows that are not due any more go only on request: nothing here says why they should.
  states AS (
    SELECT
      *,
      CASE
        WHEN unready != '' THEN unready
        WHEN due_rows + extra_rows = 0 THEN 'NO_GAMES'
        WHEN extra_rows > 0 THEN 'BLOCKED_SHRUNK'
        WHEN covered_rows = 0 THEN 'MISSING'
        WHEN covered_rows < due_rows THEN 'PARTIAL'
        WHEN doubled_rows > 0 THEN 'OVERCOUNT'
        WHEN old_rows + changed_dates > 0 THEN 'STALE'
        ELSE 'COMPLETE'
      END AS state
    FROM facts
  )

SELECT
  game_date,
  state,
  CASE
    WHEN unready != '' THEN why
    WHEN state = 'NO_GAMES' THEN 'nothing is due'
    WHEN state = 'BLOCKED_SHRUNK' THEN FORMAT(
      '%d rows are not due and would go: %s', extra_rows, extra)
    WHEN covered_rows < due_rows THEN FORMAT(
      '%d of %d rows are here; missing: %s', covered_rows, due_rows, missing)
    WHEN state = 'OVERCOUNT' THEN FORMAT('%d rows are here more than once', doubled_rows)
    WHEN changed_dates > 0 THEN FORMAT(
      'the sources are not what was read on %d dates: %s', changed_dates, changed_sample)
    WHEN old_rows > 0 THEN FORMAT('%d rows carry another calculation_version', old_rows)
    ELSE FORMAT('all %d rows are here', due_rows)
  END AS reason,
  TRUE AS can_fill,
  state IN (${reachable_states}) AS is_reachable,
  due_rows AS expected_rows,
  due_games AS expected_games,
  due_games AS l1_games,
  present_games,
  due_games,
  covered_games,
  due_games AS refilled_games,
  IF(state IN (${reachable_states}), due_games, covered_games) AS attainable_games,
  ARRAY<STRING>[] AS games,
  ARRAY<STRING>[] AS removable_rows
FROM states
