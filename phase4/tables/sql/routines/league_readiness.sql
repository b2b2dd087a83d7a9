-- Whether rows that are made of the league's windows may be computed on a date: not where the calendar
-- exempts it, first_days of a season included, nor where offence and defence lack too much behind it. The
-- state and reason are those that date_status_within gives; an empty state says that nothing is in the way.
WITH
  calendar AS (
    SELECT game_date, seasons.opener, seasons.all_star_start, seasons.all_star_end
    FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS game_date
    LEFT JOIN `${seasons}` AS seasons
      ON seasons.season_year = ${season_of_date}
  ),

  lacking AS (
    SELECT game_date, STRING_AGG(shortfall, '; ' ORDER BY source DESC) AS shortfall
    FROM `${ops_dataset}.input_readiness`(range_start, range_end)
    WHERE NOT is_ready
    GROUP BY game_date
  ),

  states AS (
    SELECT
      calendar.*,
      lacking.shortfall,
      CASE
        WHEN calendar.game_date < opener THEN 'EXEMPT_PRESEASON'
        WHEN calendar.game_date < DATE_ADD(opener, INTERVAL first_days DAY)
          THEN 'EXEMPT_BOOTSTRAP'
        WHEN calendar.game_date BETWEEN all_star_start AND all_star_end THEN 'EXEMPT_ALL_STAR'
        WHEN lacking.game_date IS NOT NULL THEN 'BLOCKED_UPSTREAM'
        ELSE ''
      END AS state
    FROM calendar
    LEFT JOIN lacking
      ON lacking.game_date = calendar.game_date
  )

SELECT
  game_date,
  state,
  CASE state
    ${exempt_reasons}
    WHEN 'BLOCKED_UPSTREAM' THEN shortfall
    ELSE ''
  END AS reason
FROM states
