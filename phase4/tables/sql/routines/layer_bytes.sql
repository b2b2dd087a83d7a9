-- What the rows of each date weigh in L1, L3 and L4: with the columns that a look at the date states
-- reads, and with those that a task reads. Every row weighs the same, by the types of its columns.
WITH
  layer_rows AS (
    SELECT game_date, ${raw_look_bytes} AS look_bytes, ${raw_task_bytes} AS task_bytes
    FROM `${raw_table}`
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, ${player_look_bytes} AS look_bytes, ${player_task_bytes} AS task_bytes
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, ${defense_look_bytes} AS look_bytes, ${defense_task_bytes} AS task_bytes
    FROM `${defense_table}`
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, ${offense_look_bytes} AS look_bytes, ${offense_task_bytes} AS task_bytes
    FROM `${offense_table}`
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, ${target_look_bytes} AS look_bytes, 0 AS task_bytes
    FROM `${target_table}`
    WHERE game_date BETWEEN range_start AND range_end
  )

SELECT game_date, SUM(look_bytes) AS look_bytes, SUM(task_bytes) AS task_bytes
FROM layer_rows
GROUP BY game_date
