-- The least share of the team-games that a date's windows need of a table of L3. Under
-- ${minimum_pct} % a date is BLOCKED_UPSTREAM; what lacks of the others is counted in their rows. Named
-- are the gaps themselves, each once: a gap is behind every date whose windows reach it.
WITH
  asked AS (
    SELECT
      inputs.source,
      inputs.input_pct,
      inputs.is_ready,
      inputs.all_gaps
    FROM dates
    CROSS JOIN UNNEST(dates.input_sources) AS inputs
    WHERE
      dates.state NOT IN (${exempt_states})
      AND dates.game_date IN (SELECT game_date FROM judged)
  ),

  shares AS (
    SELECT
      source,
      MIN(input_pct) AS least_pct,
      COUNT(all_gaps) AS hurt_dates,
      COUNTIF(NOT is_ready) AS blocked_dates,
      STRING_AGG(all_gaps, ',') AS all_gaps
    FROM asked
    GROUP BY source
  ),

  named AS (
    SELECT
      *,
      ARRAY(SELECT DISTINCT gap FROM UNNEST(SPLIT(all_gaps, ',')) AS gap ORDER BY gap) AS gaps
    FROM shares
  )

SELECT
  subject,
  IFNULL(named.least_pct, 100) AS figure,
  CASE
    WHEN IFNULL(named.hurt_dates + named.blocked_dates, 0) = 0 THEN ''
    WHEN named.hurt_dates = 0
      THEN FORMAT('too few games with zones behind %d dates, which are blocked', named.blocked_dates)
    ELSE FORMAT('lacks %d team-games on %d dates: %s%s; %d dates need them, %d of these are blocked',
      (SELECT SUM(CAST(SPLIT(gap, ' ')[OFFSET(1)] AS INT64)) FROM UNNEST(named.gaps) AS gap),
      ARRAY_LENGTH(named.gaps),
      (
        SELECT STRING_AGG(CONCAT(REPLACE(gap, ' ', ' ('), ')'), ', ' ORDER BY gap)
        FROM UNNEST(named.gaps) AS gap WITH OFFSET AS nth
        WHERE nth < 10
      ),
      IF(ARRAY_LENGTH(named.gaps) > 10, ' …', ''),
      named.hurt_dates,
      named.blocked_dates)
  END AS detail
FROM UNNEST(['team_offense_game_summary', 'team_defense_game_summary']) AS subject
LEFT JOIN named
  ON named.source = subject
