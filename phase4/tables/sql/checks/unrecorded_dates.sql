-- Dates with rows of which no run recorded a success: what they were computed from is not known.
SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(FORMAT('%s with %d players',
      CAST(table_dates.game_date AS STRING), table_dates.players), '; '
      ORDER BY table_dates.game_date LIMIT 10),
    '') AS detail
FROM table_dates
WHERE table_dates.table_name = '${default_table}' AND table_dates.game_date NOT IN (
  SELECT game_date
  FROM `${ops_dataset}.outcomes`
  WHERE
    game_date BETWEEN range_start AND range_end
    AND status IN ('PUBLISHED', 'UNCHANGED')
    AND ${of_default_table}
)
