-- Dates whose live rows are not those of the newest success in the ledger: another value in any column
-- but of who wrote them, a later moment of reading, or, when that success was a write, another moment or
-- run. A load that outlived its run would show here, and so does whoever writes the table without the
-- ledger.
WITH
  live AS (
    SELECT
      table_name,
      game_date,
      COUNT(*) AS row_count,
      COUNT(DISTINCT IFNULL(run_id, '')) AS writers,
      MIN(IFNULL(run_id, '')) AS writer,
      MIN(processed_at) AS first_reading,
      MAX(processed_at) AS last_reading,
      TO_HEX(SHA256(STRING_AGG(content, '\n' ORDER BY content))) AS content_hash
    FROM (
      SELECT
        '${default_table}' AS table_name,
        game_date,
        run_id,
        processed_at,
        ${content_hash} AS content
      FROM `${target_table}`
      WHERE
        game_date BETWEEN range_start AND range_end
        AND game_date IN (SELECT game_date FROM judged)
      ${other_table_contents}
    )
    GROUP BY table_name, game_date
  ),

  compared AS (
    SELECT
      live.table_name,
      live.game_date,
      live.row_count,
      live.writer,
      ledger.run_id,
      live.content_hash != ledger.content_hash AS has_other_rows,
      ledger.status = 'PUBLISHED'
        AND NOT ledger.is_undo
        AND (live.writers > 1 OR live.writer != ledger.run_id) AS has_other_writer,
      -- Which reading a date is compared with hangs on the moment that its rows carry.
      ledger.status = 'PUBLISHED' AND NOT ledger.is_undo AND live.first_reading != ledger.read_at
        OR live.last_reading > ledger.read_at AS has_other_reading
    FROM live
    JOIN ledger
      ON ledger.game_date = live.game_date
      AND ledger.table_name = live.table_name
    WHERE ledger.content_hash != ''
  )

SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s%s has %d rows of %s, %s by %s',
        IF(table_name = '${default_table}', '', CONCAT(table_name, ' ')),
        CAST(game_date AS STRING), row_count, IF(writer = '', 'nobody', writer),
        CASE
          WHEN has_other_rows THEN 'others than were recorded'
          WHEN has_other_writer THEN 'which were written'
          ELSE 'with another processed_at than recorded'
        END,
        run_id),
      '; ' ORDER BY game_date, table_name LIMIT 10),
    '') AS detail,
  IFNULL(
    STRING_AGG(DISTINCT CONCAT(table_name, ':', CAST(game_date AS STRING)), ' '), '') AS to_mend
FROM compared
WHERE has_other_rows OR has_other_writer OR has_other_reading
