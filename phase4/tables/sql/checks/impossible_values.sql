-- Share of a date's L3 rows with a value that cannot be (phase4/tables/bounds.json), on the worst date. A few
-- are usual: usage of a player with seconds on the court. The detail counts them all the same.
WITH
  asked AS (
    SELECT game_date
    FROM dates
    WHERE game_date IN (SELECT game_date FROM judged) AND NOT is_exhibition
  ),

  l3_rows AS (
    SELECT 'player_game_summary' AS subject, game_date, [${broken_players}] AS rules
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end AND game_date IN (SELECT game_date FROM asked)
    UNION ALL
    SELECT 'team_offense_game_summary', game_date, [${broken_offense}]
    FROM `${offense_table}`
    WHERE game_date BETWEEN range_start AND range_end AND game_date IN (SELECT game_date FROM asked)
    UNION ALL
    SELECT 'team_defense_game_summary', game_date, [${broken_defense}]
    FROM `${defense_table}`
    WHERE game_date BETWEEN range_start AND range_end AND game_date IN (SELECT game_date FROM asked)
  ),

  shares AS (
    SELECT
      subject,
      game_date,
      COUNT(*) AS all_rows,
      COUNTIF(broken != '') AS broken_rows,
      MAX(broken) AS example
    FROM (
      SELECT
        subject,
        game_date,
        IFNULL(ARRAY_TO_STRING(rules, '; '), '') AS broken
      FROM l3_rows
    )
    GROUP BY subject, game_date
  ),

  worst AS (
    SELECT
      subject,
      SUM(broken_rows) AS broken_rows,
      COUNTIF(broken_rows > 0) AS broken_dates,
      MAX(100 * broken_rows / all_rows) AS share,
      ARRAY_AGG(
        FORMAT('%s has %d of %d: %s', CAST(game_date AS STRING), broken_rows, all_rows, example)
        ORDER BY broken_rows / all_rows DESC, game_date LIMIT 1)[OFFSET(0)] AS sample
    FROM shares
    GROUP BY subject
  )

SELECT
  subject,
  CAST(IFNULL(worst.share, 0) AS FLOAT64) AS figure,
  IF(
    IFNULL(worst.broken_rows, 0) = 0,
    '',
    FORMAT('%d rows on %d dates; %s', worst.broken_rows, worst.broken_dates, worst.sample)) AS detail
FROM UNNEST([
  'player_game_summary', 'team_offense_game_summary', 'team_defense_game_summary'
]) AS subject
LEFT JOIN worst
  USING (subject)
