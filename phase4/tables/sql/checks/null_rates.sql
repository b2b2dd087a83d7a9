-- Absent values of played L3 rows, in percentage points above the pinned good season at the same
-- days since the opener.
WITH
  newest AS (
    SELECT
      dates.season_year,
      MIN(DATE_DIFF(dates.game_date, dates.opener, DAY)) AS first_day,
      MAX(DATE_DIFF(dates.game_date, dates.opener, DAY)) AS last_day
    FROM dates
    WHERE
      dates.played_rows > 0
      AND dates.game_date >= dates.opener
      AND dates.season_year = (SELECT MAX(season_year) FROM dates WHERE played_rows > 0)
    GROUP BY dates.season_year
  ),

  spans AS (
    SELECT
      seasons.season_year = newest.season_year AS is_now,
      DATE_ADD(seasons.opener, INTERVAL newest.first_day DAY) AS first_date,
      DATE_ADD(seasons.opener, INTERVAL newest.last_day DAY) AS last_date
    FROM newest
    JOIN `${seasons}` AS seasons
      ON seasons.season_year IN (newest.season_year, ${drift_reference_season})
    WHERE newest.season_year != ${drift_reference_season}
  ),

  compared AS (
    SELECT spans.is_now, one.subject, one.absent
    FROM `${player_table}` AS players
    JOIN spans
      ON players.game_date BETWEEN spans.first_date AND spans.last_date
    CROSS JOIN UNNEST([
      STRUCT('usage_rate' AS subject, players.usage_rate IS NULL AS absent),
      STRUCT('points' AS subject, players.points IS NULL AS absent),
      STRUCT('fg_attempts' AS subject, players.fg_attempts IS NULL AS absent),
      STRUCT('three_pt_attempts' AS subject, players.three_pt_attempts IS NULL AS absent),
      STRUCT('paint_attempts' AS subject, players.paint_attempts IS NULL AS absent),
      STRUCT('mid_range_attempts' AS subject, players.mid_range_attempts IS NULL AS absent)
    ]) AS one
    WHERE
      players.is_active
      AND players.minutes_played > 0
      AND (
        players.game_date BETWEEN range_start AND range_end
        OR players.game_date BETWEEN DATE '${drift_reference_start}' AND DATE '${drift_reference_end}')
  ),

  rates AS (
    SELECT
      subject,
      COUNTIF(is_now) AS now_rows,
      COUNTIF(is_now AND absent) AS now_absent,
      COUNTIF(NOT is_now) AS good_rows,
      COUNTIF(NOT is_now AND absent) AS good_absent
    FROM compared
    GROUP BY subject
  )

SELECT
  subject,
  100 * (SAFE_DIVIDE(now_absent, now_rows) - SAFE_DIVIDE(good_absent, good_rows)) AS figure,
  IF(
    now_rows > 0 AND good_rows > 0,
    FORMAT('absent in %d of %d rows, reference %d of %d',
      now_absent, now_rows, good_absent, good_rows),
    FORMAT('no reference: %d played rows, %d at this phase of season ${drift_reference_season}',
      IFNULL(now_rows, 0), IFNULL(good_rows, 0))) AS detail
FROM UNNEST([
  'usage_rate', 'points', 'fg_attempts', 'three_pt_attempts', 'paint_attempts', 'mid_range_attempts'
]) AS subject
LEFT JOIN rates
  USING (subject)
