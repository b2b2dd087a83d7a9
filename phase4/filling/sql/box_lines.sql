-- L1's lines of the requested dates, as delivered. NULL statistics count as 0; minutes that are no
-- time are absent. A time is kept in whole nanoseconds and never becomes a binary fraction.
CREATE TEMP TABLE delivered_lines AS
SELECT
  game_date,
  ${raw_game} AS game,
  CASE WHEN regexp_matches(player_lookup, '\S') THEN player_lookup END AS player_lookup,
  player_full_name,
  ${line_team} AS team_abbr,
  ${home_team} AS home_team,
  ${away_team} AS away_team,
  home_team_score,
  away_team_score,
  period,
  minutes,
  CASE
    WHEN regexp_full_match(minutes, '${clock_time}')
      THEN (
        60 * CAST(split_part(minutes, ':', 1) AS BIGINT) + CAST(split_part(minutes, ':', 2) AS BIGINT)
      ) * 1000000000
    WHEN regexp_full_match(minutes, '${plain_time}') AND minutes != '00'
      THEN CAST(CAST(minutes AS DECIMAL(30, 9)) * 60000000000 AS BIGINT)
    WHEN regexp_full_match(minutes, '${iso_time}')
      THEN 60000000000 * CAST(regexp_extract(minutes, 'PT([0-9]+)M', 1) AS BIGINT)
        + CAST(
          CAST(regexp_extract(minutes, 'M([0-9.]+)S', 1) AS DECIMAL(30, 9)) * 1000000000 AS BIGINT
        )
  END AS nanoseconds,
  ${statistics},
  concat_ws(', ',
    ${impossible_line}
  ) AS impossible,
  processed_at
FROM source_rows
JOIN requested USING (game_date);

-- One line per player and canonical game: the newest delivery. Lines of one moment that differ
-- contradict each other, whichever of them is kept here.
CREATE TEMP TABLE box_lines AS
WITH
  newest AS (
    SELECT
      *,
      hash(row(team_abbr, nanoseconds, ${statistic_names})) AS content
    FROM delivered_lines
    WHERE player_lookup IS NOT NULL
    QUALIFY rank() OVER (
      PARTITION BY game_date, game, player_lookup ORDER BY processed_at DESC NULLS LAST
    ) = 1
  )
SELECT
  * EXCLUDE (content) REPLACE (max(impossible) OVER same AS impossible),
  -- FGA + 0.44 FTA + TOV, in hundredths, as the one below. An absurd figure, which refuses its game, may
  -- be as large as its column lets it.
  100::HUGEINT * field_goals_attempted + 44::HUGEINT * free_throws_attempted
    + 100::HUGEINT * turnovers AS plays_used,
  plays_used - 100::HUGEINT * offensive_rebounds AS possessions,
  min(content) OVER same != max(content) OVER same AS differs
FROM newest
WINDOW same AS (PARTITION BY game_date, game, player_lookup)
QUALIFY row_number() OVER (
  PARTITION BY game_date, game, player_lookup
  ORDER BY content, player_full_name, minutes, home_team
) = 1;
