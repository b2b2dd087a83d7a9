-- Dates that the ledger records as done although the table has less than was counted then.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s%s has %d of %d players (recorded by %s)',
        IF(table_name = '${default_table}', '', CONCAT(table_name, ' ')),
        CAST(game_date AS STRING), players, counted_players, run_id),
      '; ' ORDER BY game_date, table_name LIMIT 10),
    '') AS detail,
  IFNULL(STRING_AGG(DISTINCT CONCAT(table_name, ':', state), ' '), '') AS to_mend
FROM lost_dates
