-- How the scores of each season of a range are spread, in 20 bins over each factor's exact range; the
-- good season, where the range leaves it out, at the same days since the opener.
WITH
  seasons AS (
    SELECT season_year, opener
    FROM `${seasons}`
  ),

  in_range AS (
    SELECT *, ${season_of_date} AS season_year
    FROM `${target_table}`${as_of}
    WHERE game_date BETWEEN @start_date AND @end_date
  ),

  phase AS (
    SELECT
      MIN(DATE_DIFF(in_range.game_date, seasons.opener, DAY)) AS first_day,
      MAX(DATE_DIFF(in_range.game_date, seasons.opener, DAY)) AS last_day,
      LOGICAL_OR(seasons.season_year = ${drift_reference_season}) AS has_reference
    FROM in_range
    JOIN seasons
      ON seasons.season_year = in_range.season_year
    WHERE in_range.season_year = (SELECT MAX(season_year) FROM in_range)
  ),

  reference AS (
    SELECT good_rows.*, ${drift_reference_season} AS season_year
    FROM `${target_table}` AS good_rows${as_of}
    CROSS JOIN phase
    JOIN seasons
      ON seasons.season_year = ${drift_reference_season}
    WHERE
      good_rows.game_date BETWEEN DATE '${drift_reference_start}' AND DATE '${drift_reference_end}'
      AND NOT phase.has_reference
      AND DATE_DIFF(good_rows.game_date, seasons.opener, DAY)
        BETWEEN phase.first_day AND phase.last_day
  ),

  factor_rows AS (
    SELECT * FROM in_range
    UNION ALL
    SELECT * FROM reference
  )

SELECT
  factor_rows.season_year,
  one.factor,
  LEAST(CAST(FLOOR((one.score - one.low) / (one.high - one.low) * 20) AS INT64), 19) AS bin,
  COUNT(*) AS scores
FROM factor_rows
CROSS JOIN UNNEST([
  ${active_scores}
]) AS one
WHERE one.score IS NOT NULL
GROUP BY season_year, factor, bin
ORDER BY season_year, factor, bin
