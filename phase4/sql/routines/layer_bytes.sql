-- What the rows of each date weigh in L1, L3 and L4: with the columns that a look at the date states
-- reads, and with those that a task reads. Rows are counted, widths go by the types of the columns.
WITH
  layers AS (
    SELECT
      game_date,
      COUNT(*) * ${raw_look_bytes} AS look_bytes,
      COUNT(*) * ${raw_task_bytes} AS task_bytes
    FROM `${raw_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
    UNION ALL
    SELECT
      game_date,
      COUNT(*) * ${player_look_bytes} AS look_bytes,
      COUNT(*) * ${player_task_bytes} AS task_bytes
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
    UNION ALL
    SELECT
      game_date,
      COUNT(*) * ${defense_look_bytes} AS look_bytes,
      COUNT(*) * ${defense_task_bytes} AS task_bytes
    FROM `${defense_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
    UNION ALL
    SELECT
      game_date,
      COUNT(*) * ${offense_look_bytes} AS look_bytes,
      COUNT(*) * ${offense_task_bytes} AS task_bytes
    FROM `${offense_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
    UNION ALL
    SELECT
      game_date,
      COUNT(*) * ${target_look_bytes} AS look_bytes,
      0 AS task_bytes
    FROM `${target_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
  )

SELECT game_date, SUM(look_bytes) AS look_bytes, SUM(task_bytes) AS task_bytes
FROM layers
GROUP BY game_date
