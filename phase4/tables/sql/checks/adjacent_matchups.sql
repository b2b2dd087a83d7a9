-- The same two teams on two dates: real ones have different box scores. Counted are pairs with the same
-- lines for most players, however far apart (duplicated, or moved and left where it was), on dates that are
-- judged or that their rows have as history, and pairs on adjacent dates of which one was not played
-- although other games of that date were (postponed).
WITH
  -- Preseason and All-Star games are nobody's history, nor are those of another season.
  reached AS (
    SELECT DISTINCT summaries.game_date
    FROM (SELECT DISTINCT game_date FROM stored_ids) AS behind
    JOIN `${seasons}` AS seasons
      ON seasons.season_year = ${season_of_date}
    JOIN (SELECT DISTINCT game_date FROM player_summaries) AS summaries
      ON summaries.game_date < behind.game_date
      AND summaries.game_date >= seasons.opener
      AND IFNULL(
        summaries.game_date NOT BETWEEN seasons.all_star_start AND seasons.all_star_end, TRUE)
      AND summaries.game_date >= DATE_SUB(behind.game_date, INTERVAL ${stale_history_days} DAY)
  ),

  lines AS (
    SELECT
      game_date,
      player_lookup,
      game,
      TO_JSON_STRING(STRUCT(points, seconds, fg_attempts)) AS line
    FROM player_summaries
    WHERE
      played
      AND (
        game_date IN (SELECT game_date FROM judged)
        OR game_date IN (SELECT game_date FROM reached))
  ),

  repeated AS (
    SELECT
      earlier.game_date,
      earlier.game,
      later.game_date AS later_date,
      'the same box score' AS finding
    FROM lines AS earlier
    JOIN lines AS later
      ON later.game_date > earlier.game_date
      AND later.player_lookup = earlier.player_lookup
      AND later.game = earlier.game
    GROUP BY earlier.game_date, earlier.game, later.game_date
    HAVING COUNTIF(later.line = earlier.line) * 2 > COUNT(*)
  ),

  listed AS (
    SELECT DISTINCT game_date, game
    FROM layer_games
    WHERE layer = 'L1' AND game_date IN (SELECT game_date FROM judged)
  ),

  outcomes_of_listed AS (
    SELECT
      listed.game_date,
      listed.game,
      EXISTS (
        SELECT 1 FROM player_summaries
        WHERE played AND game_date = listed.game_date AND game = listed.game
      ) AS was_played
    FROM listed
    WHERE listed.game_date IN (SELECT game_date FROM player_summaries WHERE played)
  ),

  postponed AS (
    SELECT
      earlier.game_date,
      earlier.game,
      later.game_date AS later_date,
      'one of them not played' AS finding
    FROM outcomes_of_listed AS earlier
    JOIN outcomes_of_listed AS later
      ON later.game_date = DATE_ADD(earlier.game_date, INTERVAL 1 DAY)
      AND later.game = earlier.game
    WHERE earlier.was_played != later.was_played
  ),

  findings AS (
    SELECT game_date, game, later_date, finding FROM repeated
    UNION ALL
    SELECT game_date, game, later_date, finding FROM postponed
  )

SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s %s and on %s: %s',
        CAST(game_date AS STRING), game, CAST(later_date AS STRING), finding), '; '
      ORDER BY game_date, game, later_date LIMIT 10),
    '') AS detail
FROM findings
