-- The least share of the team-games that a date's windows need of a table of L3. Under
-- ${minimum_pct} % a date is BLOCKED_UPSTREAM; what lacks of the others is counted in their rows.
WITH
  asked AS (
    SELECT
      inputs.source,
      inputs.game_date,
      inputs.input_pct,
      inputs.is_ready,
      inputs.shortfall
    FROM `${ops_dataset}.input_readiness`(range_start, range_end) AS inputs
    JOIN dates
      ON dates.game_date = inputs.game_date
    WHERE
      dates.state NOT LIKE 'EXEMPT%'
      AND inputs.game_date IN (SELECT game_date FROM judged)
  )

SELECT
  subject,
  IFNULL(MIN(asked.input_pct), 100) AS figure,
  IF(
    COUNTIF(asked.shortfall != '') = 0,
    '',
    FORMAT('%d dates lack team-games, %d of them are blocked; %s',
      COUNTIF(asked.shortfall != ''),
      COUNTIF(NOT asked.is_ready),
      ARRAY_AGG(
        CONCAT(CAST(asked.game_date AS STRING), ': ', asked.shortfall)
        ORDER BY asked.input_pct, asked.game_date LIMIT 1)[OFFSET(0)])) AS detail
FROM UNNEST(['team_offense_game_summary', 'team_defense_game_summary']) AS subject
LEFT JOIN asked
  ON asked.source = subject
GROUP BY subject
