SELECT * EXCEPT (game, told_rows, code, other_code), game AS told_game, ${settled_game} AS game
FROM (
  SELECT *, ${told_rows} AS told_rows
  FROM (
    SELECT *, ${coded_game} AS game
    FROM (
      SELECT *, ${source_codes}
      FROM ${source}
      WHERE ${wanted}
    )
  )
)
