-- For every date whose live rows the ledger can tell the reading of: on how many dates the sources are
-- not any more what was read then, and which. A date reaches its own sources and history_days behind
-- it within the season, its players' births only on itself; All-Star games are nobody's history.
WITH
  live AS (
    SELECT game_date, ${season_of_date} AS season_year, MAX(processed_at) AS computed_at
    FROM `${filled_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
  ),

  -- Rows carry the moment of their reading; a later run that found them equal has read again.
  newest AS (
    SELECT
      outcomes.game_date,
      outcomes.reading,
      GREATEST(
        DATE_SUB(outcomes.game_date, INTERVAL history_days DAY), seasons.opener) AS reaches_from,
      seasons.all_star_start,
      seasons.all_star_end
    FROM `${ops_dataset}.outcomes` AS outcomes
    JOIN live
      ON live.game_date = outcomes.game_date
    JOIN `${seasons}` AS seasons
      ON seasons.season_year = live.season_year
    WHERE
      outcomes.game_date BETWEEN range_start AND range_end
      AND ${of_filled_table}
      AND outcomes.reading IS NOT NULL
      AND (
        outcomes.status = 'PUBLISHED' AND outcomes.read_at = live.computed_at
        OR outcomes.status = 'UNCHANGED' AND outcomes.read_at >= live.computed_at)
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY outcomes.game_date ORDER BY outcomes.finished_at DESC, outcomes.attempt DESC) = 1
  ),

  readings AS (
    SELECT reading, MIN(reaches_from) AS first_date, MAX(game_date) AS last_date
    FROM newest
    GROUP BY reading
  ),

  read_then AS (
    SELECT kept.reading, kept.source, kept.game_date, kept.row_count, kept.content
    FROM `${ops_dataset}.source_fingerprints` AS kept
    JOIN readings
      ON readings.reading = kept.reading
      AND kept.game_date BETWEEN readings.first_date AND readings.last_date
  ),

  present AS (
    ${fingerprints}
  ),

  there_now AS (
    SELECT readings.reading, present.source, present.game_date, present.row_count, present.content
    FROM present
    JOIN readings
      ON present.game_date BETWEEN readings.first_date AND readings.last_date
  ),

  changed AS (
    SELECT
      COALESCE(read_then.reading, there_now.reading) AS reading,
      COALESCE(read_then.source, there_now.source) AS source,
      COALESCE(read_then.game_date, there_now.game_date) AS game_date
    FROM read_then
    FULL JOIN there_now
      ON there_now.reading = read_then.reading
      AND there_now.source = read_then.source
      AND there_now.game_date = read_then.game_date
    WHERE
      IFNULL(read_then.row_count, 0) != IFNULL(there_now.row_count, 0)
      OR IFNULL(read_then.content, '') != IFNULL(there_now.content, '')
  ),

  reached AS (
    SELECT DISTINCT
      newest.game_date,
      CONCAT(
        CAST(changed.game_date AS STRING),
        IF(changed.source = 'player_birthdates', ' (births)', '')) AS change
    FROM newest
    JOIN changed
      ON changed.reading = newest.reading
      AND changed.game_date BETWEEN newest.reaches_from AND newest.game_date
    WHERE
      (changed.source != 'player_birthdates' OR changed.game_date = newest.game_date)
      AND IFNULL(changed.game_date NOT BETWEEN newest.all_star_start AND newest.all_star_end, TRUE)
  ),

  changes AS (
    SELECT
      game_date,
      COUNT(*) AS changed_dates,
      STRING_AGG(change, ', ' ORDER BY change LIMIT 5) AS changed_sample
    FROM reached
    GROUP BY game_date
  )

SELECT
  newest.game_date,
  newest.reading,
  IFNULL(changes.changed_dates, 0) AS changed_dates,
  IFNULL(changes.changed_sample, '') AS changed_sample
FROM newest
LEFT JOIN changes
  ON changes.game_date = newest.game_date
