-- Dates on which the raw feed is silent: L3 has games and L1 none, or a stretch of more than
-- ${outage_days} days without any L1 game in the middle of a season.
WITH
  season_dates AS (
    SELECT
      game_date,
      l1_games,
      l3_games,
      is_exhibition,
      opener,
      IFNULL(
        MAX(IF(l1_games > 0, game_date, NULL)) OVER (
          PARTITION BY season_year ORDER BY game_date
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        DATE_SUB(GREATEST(opener, range_start), INTERVAL 1 DAY)) AS game_before,
      IFNULL(
        MIN(IF(l1_games > 0, game_date, NULL)) OVER (
          PARTITION BY season_year ORDER BY game_date
          ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING),
        LEAST(
          DATE_ADD(range_end, INTERVAL 1 DAY),
          ${league_today},
          DATE_ADD(opener, INTERVAL ${outage_season_days} DAY))) AS game_after
    FROM dates
    WHERE judged_kind IN ('run', 'range')
  ),

  silent AS (
    SELECT game_date, l3_games
    FROM season_dates
    WHERE
      l1_games = 0
      AND (
        l3_games > 0 AND NOT is_exhibition
        OR game_date >= opener
          AND game_date < game_after
          AND DATE_DIFF(game_after, game_before, DAY) - 1 > ${outage_days})
  )

SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IF(
    COUNT(*) = 0,
    '',
    FORMAT('L1 has no game on %d dates from %s to %s; L3 has %d games there',
      COUNT(*), CAST(MIN(game_date) AS STRING), CAST(MAX(game_date) AS STRING), SUM(l3_games))) AS detail
FROM silent
