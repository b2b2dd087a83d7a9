-- The players of one date on whom L3 and L4 do not agree, by name; copies counts rows in L4. Who is in
-- both under two ids of his game is in both.
WITH
  ${date_layers},

  expected AS (
    SELECT
      game,
      player_lookup,
      MIN(game_id) AS game_id,
      MIN(player_full_name) AS player_name,
      MAX(minutes_played) AS minutes_played
    FROM player_rows
    WHERE played
    GROUP BY game, player_lookup
  ),

  present AS (
    SELECT
      game,
      player_lookup,
      MIN(game_id) AS game_id,
      COUNT(*) AS copies,
      MAX(IF(calculation_version = '${calculation_version}', NULL, calculation_version))
        AS other_version
    FROM factor_rows
    GROUP BY game, player_lookup
  ),

  -- He was kept out of the game that he plays on this date, whatever its id was then.
  kept_out AS (
    SELECT
      player_lookup,
      STRING_AGG(reason, '; ' ORDER BY reason) AS reason
    FROM (
      SELECT DISTINCT player_lookup, CONCAT(reason, ' (run ', run_id, ')') AS reason
      FROM `${ops_dataset}.quarantine`
      WHERE game_date = @game_date
    )
    GROUP BY player_lookup
  ),

  matched AS (
    SELECT
      COALESCE(expected.game_id, present.game_id) AS game_id,
      COALESCE(expected.player_lookup, present.player_lookup) AS player_lookup,
      expected.player_name,
      expected.minutes_played,
      expected.game IS NOT NULL AS is_expected,
      IFNULL(present.copies, 0) AS copies,
      present.other_version
    FROM expected
    FULL JOIN present
      ON present.game = expected.game
      AND present.player_lookup = expected.player_lookup
  )

SELECT
  matched.*,
  kept_out.reason AS quarantine_reason,
  CASE
    WHEN matched.copies = 0 THEN 'missing'
    WHEN NOT matched.is_expected THEN 'not in L3'
    WHEN matched.copies > 1 THEN 'duplicate'
    ELSE 'other version'
  END AS disagreement
FROM matched
LEFT JOIN kept_out
  ON kept_out.player_lookup = matched.player_lookup
WHERE
  NOT matched.is_expected
  OR matched.copies != 1
  OR matched.other_version IS NOT NULL
ORDER BY disagreement, matched.game_id, matched.player_lookup
