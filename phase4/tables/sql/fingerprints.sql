-- What the sources of L4 say now, per source and date: how many rows, and a hash of their content
-- that does not depend on their order. Of the roster only the players listed on a date count.
WITH
  births AS (
    SELECT DISTINCT listed.game_date, listed.player_lookup, roster.birth_date
    FROM `${player_table}` AS listed
    JOIN ${roster_rows} AS roster
      ON roster.player_lookup = listed.player_lookup
    WHERE listed.game_date BETWEEN ${first} AND ${last}
  ),

  digests AS (
    SELECT 'player_game_summary' AS source, game_date, ${player_digest} AS digest
    FROM `${player_table}`
    WHERE game_date BETWEEN ${first} AND ${last}
    UNION ALL
    SELECT 'team_defense_game_summary' AS source, game_date, ${defense_digest} AS digest
    FROM `${defense_table}`
    WHERE game_date BETWEEN ${first} AND ${last}
    UNION ALL
    SELECT 'team_offense_game_summary' AS source, game_date, ${offense_digest} AS digest
    FROM `${offense_table}`
    WHERE game_date BETWEEN ${first} AND ${last}
    UNION ALL
    SELECT 'player_birthdates' AS source, game_date, ${birth_digest} AS digest
    FROM births
  )

SELECT
  source,
  game_date,
  COUNT(*) AS row_count,
  -- Ten hexadecimal digits each: the sums of eight million rows fit into INT64.
  CONCAT(
    CAST(SUM(CAST(CONCAT('0x', SUBSTR(digest, 1, 10)) AS INT64)) AS STRING), '.',
    CAST(SUM(CAST(CONCAT('0x', SUBSTR(digest, 11, 10)) AS INT64)) AS STRING)) AS content
FROM digests
GROUP BY source, game_date
