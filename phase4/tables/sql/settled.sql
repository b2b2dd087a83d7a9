SELECT * EXCEPT (game, told_rows), game AS told_game, ${settled_game} AS game
FROM (
  SELECT *, ${told_rows} AS told_rows
  FROM (
    SELECT *, ${source_game} AS game
    FROM ${source}
    WHERE ${wanted}
  )
)
