-- What the roster says of the birth of each player listed on a date, and why none of it is believed: two
-- birth dates are two people. Players whom it does not list are not there. For BigQuery and DuckDB.
SELECT
  game_date,
  player_lookup,
  CASE WHEN COUNT(DISTINCT valid_date) = 1 THEN MIN(valid_date) END AS believed,
  CASE
    WHEN COUNT(DISTINCT valid_date) > 1 THEN 'of two people, or of one'
    -- One of several that cannot be is named, too, beside the one that is believed.
    WHEN COUNT(birth_date) > COUNT(valid_date) OR COUNT(valid_date) = 0 THEN '${impossible_birth}'
  END AS finding,
  STRING_AGG(DISTINCT told, ' and ' ORDER BY told) AS told
FROM (
  SELECT
    game_date,
    player_lookup,
    birth_date,
    ${valid_birth} AS valid_date,
    IFNULL(CAST(birth_date AS STRING), 'NULL') AS told
  FROM (
    SELECT listed.game_date, listed.player_lookup, roster.birth_date
    FROM (
      ${listed}
    ) AS listed
    JOIN ${roster} AS roster
      ON roster.player_lookup = listed.player_lookup
  )
)
GROUP BY game_date, player_lookup
