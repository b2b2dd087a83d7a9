-- What the weekly health run looks at: the current season, and the history since the season of the
-- first L1 game, both up to the day before as_of. as_of: a date as text, '' for today (UTC).
WITH
  moment AS (
    SELECT DATE_SUB(
      IF(as_of = '', CURRENT_DATE(), CAST(as_of AS DATE)), INTERVAL 1 DAY) AS end_date
  ),

  first_game AS (
    SELECT MIN(game_date) AS game_date
    FROM `${raw_table}`
    WHERE game_date >= '2000-01-01'
  ),

  started AS (
    SELECT
      seasons.opener,
      moment.end_date,
      LEAD(seasons.opener) OVER (ORDER BY seasons.opener) AS next_opener
    FROM `${seasons}` AS seasons
    CROSS JOIN moment
    WHERE seasons.opener <= moment.end_date
  )

SELECT
  MIN(IF(
    started.next_opener IS NULL OR started.next_opener > first_game.game_date, started.opener, NULL))
    AS history_start,
  MAX(started.opener) AS season_start,
  ANY_VALUE(started.end_date) AS end_date
FROM started
CROSS JOIN first_game
