-- The states of a table that others write too, one row per date: which games L1 has and the table lacks.
-- A game of which the table has any row is there: nothing is added to it, and neither is a game of which
-- a team stands in another one here, as it would be doubled. Rendered for each such table.
WITH
  due AS (
    SELECT game_date, game, ${due_rows} AS due_rows, refusal
    FROM `${ops_dataset}.box_score_games`(range_start, range_end)
  ),

  sides AS (
    SELECT *, ${id_game} AS game_of_id
    FROM (
      SELECT
        game_date,
        game_id,
        ${filled_game} AS game,
        ${filled_team} AS team,
        COUNT(*) AS row_count
      FROM `${filled_table}`
      WHERE game_date BETWEEN range_start AND range_end
      GROUP BY game_date, game_id, game, team
    )
  ),

  present AS (
    SELECT game_date, game, COUNT(DISTINCT game_id) AS id_count
    FROM sides
    GROUP BY game_date, game
  ),

  -- The task that would add it asks the same (phase4/filling/addition.py); a test holds them together.
  standing AS (
    SELECT game_date, game, STRING_AGG(told, ', ' ORDER BY told) AS why
    FROM (
      SELECT DISTINCT
        due.game_date,
        due.game,
        FORMAT('%s stands in %s here', IFNULL(sides.team, 'nobody'), sides.game) AS told
      FROM due
      JOIN sides
        ON sides.game_date = due.game_date
        AND sides.game != due.game
        AND (
          sides.game_of_id = due.game
          OR sides.row_count >= ${side_rows} AND sides.team IN UNNEST(SPLIT(due.game, '-')))
    )
    GROUP BY game_date, game
  ),

  -- A game that is here by half is not made whole by rows of ours: its other half is its owner's.
  halves AS (
    SELECT due.game_date, due.game, STRING_AGG(side, ' and ' ORDER BY side) AS lacking
    FROM due
    CROSS JOIN UNNEST(SPLIT(due.game, '-')) AS side
    JOIN present
      ON present.game_date = due.game_date
      AND present.game = due.game
    LEFT JOIN (
      SELECT game_date, game, team, SUM(row_count) AS row_count
      FROM sides
      GROUP BY game_date, game, team
    ) AS own
      ON own.game_date = due.game_date
      AND own.game = due.game
      AND own.team = side
    WHERE
      STRPOS(due.game, '-') > 0
      AND IFNULL(own.row_count, 0) < ${side_rows}
    GROUP BY due.game_date, due.game
  ),

  games AS (
    SELECT
      COALESCE(due.game_date, present.game_date) AS game_date,
      COALESCE(due.game, present.game) AS game,
      due.game IS NOT NULL AS is_due,
      present.game IS NOT NULL AS is_present,
      due.game IS NOT NULL AND present.game IS NULL AND due.refusal = '' AND standing.why IS NULL
        AS is_fillable,
      IFNULL(present.id_count > 1, FALSE) AS is_doubled,
      due.due_rows,
      CONCAT(due.refusal, IF(due.refusal != '' AND standing.why IS NOT NULL, '; ', ''),
        IFNULL(standing.why, '')) AS refusal,
      halves.lacking
    FROM due
    FULL JOIN present
      ON present.game_date = due.game_date
      AND present.game = due.game
    LEFT JOIN standing
      ON standing.game_date = due.game_date
      AND standing.game = due.game
    LEFT JOIN halves
      ON halves.game_date = due.game_date
      AND halves.game = due.game
  ),

  facts AS (
    SELECT
      day AS game_date,
      COUNTIF(is_due) AS due_games,
      COUNTIF(is_present) AS present_games,
      COUNTIF(is_due AND is_present) AS covered_games,
      COUNTIF(is_fillable) AS fillable_games,
      SUM(IF(is_fillable, due_rows, 0)) AS fillable_rows,
      COUNTIF(is_due AND NOT is_present AND NOT is_fillable) AS refused_games,
      STRING_AGG(
        IF(is_due AND NOT is_present AND NOT is_fillable, CONCAT(game, ' (', refusal, ')'), NULL), '; '
        ORDER BY game LIMIT 20) AS refusals,
      COUNT(lacking) AS half_games,
      STRING_AGG(FORMAT('%s lacks %s', game, lacking), '; ' ORDER BY game LIMIT 20) AS half_there,
      COUNTIF(is_present AND NOT is_due) AS surplus_games,
      COUNTIF(is_doubled) AS doubled_games,
      STRING_AGG(IF(is_present AND NOT is_due OR is_doubled, game, NULL), ', ' ORDER BY game LIMIT 20)
        AS surplus,
      STRING_AGG(IF(is_fillable, game, NULL), ', ' ORDER BY game LIMIT 20) AS missing
    FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS day
    LEFT JOIN games
      ON games.game_date = day
    GROUP BY day
  ),

  states AS (
    SELECT
      *,
      CASE
        WHEN due_games + present_games = 0 THEN 'NO_GAMES'
        WHEN fillable_games > 0 AND covered_games = 0 THEN 'MISSING'
        WHEN fillable_games > 0 THEN 'PARTIAL'
        WHEN refused_games + half_games > 0 THEN 'BLOCKED_QUALITY'
        WHEN surplus_games + doubled_games > 0 THEN 'OVERCOUNT'
        ELSE 'COMPLETE'
      END AS state
    FROM facts
  )

SELECT
  game_date,
  state,
  CONCAT(
    CASE
      WHEN state = 'NO_GAMES' THEN 'no games in L1 or here'
      WHEN fillable_games > 0 THEN FORMAT('%d of %d games are here; missing: %s',
        covered_games, due_games, missing)
      ELSE FORMAT('%d of %d games are here', covered_games, due_games)
    END,
    IF(refused_games > 0, FORMAT('; %d that cannot be added: %s', refused_games, refusals), ''),
    IF(half_games > 0, FORMAT('; %d by half: %s', half_games, half_there), ''),
    IF(surplus_games + doubled_games > 0,
      FORMAT('; %d that L1 does not have, %d under several ids: %s',
        surplus_games, doubled_games, surplus),
      '')) AS reason,
  fillable_games > 0 AS can_fill,
  -- Nothing that is there is written again: a run has nothing to force.
  FALSE AS is_reachable,
  fillable_rows AS expected_rows,
  fillable_games AS expected_games,
  due_games AS l1_games,
  present_games,
  due_games,
  covered_games,
  covered_games + fillable_games AS refilled_games,
  covered_games + fillable_games AS attainable_games,
  ARRAY<STRING>[] AS games,
  ARRAY<STRING>[] AS removable_rows
FROM states
