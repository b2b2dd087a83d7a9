-- What the weekly health run looks at: the current season, and the history since the season of the
-- first L1 game, both up to the day before as_of. as_of: a date as text, '' for today: where games end
-- last, so that a look in the evening there, when it is tomorrow in UTC, judges no date in mid-play.
-- `problem` says why there is nothing that could be looked at; then there are no ranges.
WITH
  moment AS (
    SELECT day, game_date AS end_date, ${season_of_date} AS season_year
    FROM (
      -- Of days before any league the same is said: what lies before the first year is no date.
      SELECT day, DATE_SUB(GREATEST(day, DATE '1900-01-01'), INTERVAL 1 DAY) AS game_date
      FROM (SELECT IF(as_of = '', ${league_today}, SAFE_CAST(as_of AS DATE)) AS day)
    )
  ),

  -- A preseason game is of the season that it goes before: of the one that ended L1 may know nothing.
  first_game AS (
    SELECT MIN(${season_of_date}) AS season_year
    FROM `${raw_table}`
    -- All of it: the table asks for a filter by date.
    WHERE game_date >= DATE '2000-01-01'
  ),

  found AS (
    SELECT
      IFNULL(
        MIN(IF(
          seasons.opener <= moment.end_date AND seasons.season_year >= first_game.season_year,
          seasons.opener,
          NULL)),
        MAX(IF(seasons.opener <= moment.end_date, seasons.opener, NULL))) AS history_start,
      MAX(IF(seasons.opener <= moment.end_date, seasons.opener, NULL)) AS season_start,
      ANY_VALUE(moment.day) AS day,
      ANY_VALUE(moment.end_date) AS end_date,
      MIN(seasons.opener) AS first_opener,
      LOGICAL_OR(seasons.season_year = moment.season_year) AS is_known
    FROM `${seasons}` AS seasons
    CROSS JOIN moment
    CROSS JOIN first_game
  )

SELECT
  history_start,
  season_start,
  end_date,
  CASE
    WHEN day IS NULL THEN FORMAT('as_of=%s: there is no such day', as_of)
    WHEN season_start IS NULL THEN FORMAT(
      'as_of=%s: no season that the calendar knows had begun, the first one did on %s',
      CAST(day AS STRING), CAST(first_opener AS STRING))
    WHEN NOT is_known THEN FORMAT(
      'as_of=%s: the calendar does not know the season of %s; add its opener to'
        ' phase4/tables/calendar.json and deploy it',
      CAST(day AS STRING), CAST(end_date AS STRING))
    ELSE ''
  END AS problem
FROM found
