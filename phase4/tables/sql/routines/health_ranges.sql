-- What the weekly health run looks at: the current season, and the history since the season of the
-- first L1 game, both up to the day before as_of. as_of: a date as text, '' for today (UTC).
WITH
  moment AS (
    SELECT DATE_SUB(
      IF(as_of = '', CURRENT_DATE(), CAST(as_of AS DATE)), INTERVAL 1 DAY) AS end_date
  ),

  -- A preseason game is of the season that it goes before: of the one that ended L1 may know nothing.
  first_game AS (
    SELECT MIN(${season_of_date}) AS season_year
    FROM `${raw_table}`
    -- All of it: the table asks for a filter by date.
    WHERE game_date >= DATE '2000-01-01'
  ),

  started AS (
    SELECT seasons.season_year, seasons.opener, moment.end_date
    FROM `${seasons}` AS seasons
    CROSS JOIN moment
    WHERE seasons.opener <= moment.end_date
  )

SELECT
  IFNULL(
    MIN(IF(started.season_year >= first_game.season_year, started.opener, NULL)),
    MAX(started.opener)) AS history_start,
  MAX(started.opener) AS season_start,
  ANY_VALUE(started.end_date) AS end_date
FROM started
CROSS JOIN first_game
