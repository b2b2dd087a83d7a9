-- What was not believed: values that count as absent, rows that are not used, rows that stood twice.
-- On the requested dates each by name, on the ${history_days} days behind them in numbers.
WITH
  findings AS (
    SELECT
      'player_game_summary' AS table_name, game_date, game_id, player_lookup, row_json, '' AS prefix,
      concat_ws('; ',
        contradiction || ', the row is not used',
        conflict || ', the row is not used',
        poison || ', counts as absent',
        CASE WHEN poison IS NULL THEN missing || ', the row is not used' END,
        CASE WHEN poison IS NULL THEN broken || ', counts as absent' END,
        CASE WHEN poison IS NULL THEN absent END
      ) AS finding
    FROM appearances
    UNION ALL
    SELECT
      table_name, game_date, game_id, NULL, row_json,
      table_name || ', ' || coalesce(team_abbr, 'no team') || ': ',
      CASE
        WHEN team_abbr IS NULL THEN poison || ', the row is not used'
        ELSE coalesce(
          nullif(concat_ws('; ', poison, contradiction, broken), '') || ', counts as absent', absent
        )
      END
    FROM (
      SELECT 'team_offense_game_summary' AS table_name, * FROM offense_games
      UNION ALL BY NAME
      SELECT 'team_defense_game_summary' AS table_name, * FROM defense_games
    )
    WHERE coalesce(poison, contradiction, broken, absent) IS NOT NULL
    UNION ALL
    SELECT
      table_name, game_date, array_to_string(game_ids, ' and '), NULL, NULL, table_name || ': ',
      CASE surplus_rows
        WHEN 0 THEN 'the game has several ids, one is used'
        ELSE surplus_rows || ' rows of the game stand twice, one each is used'
      END
    FROM surplus
    UNION ALL
    SELECT
      'player_birthdates', targets.game_date, targets.game_id, targets.player_lookup, NULL,
      'player_birthdates: ',
      'birth_date=' || births.told || ': ' || births.finding || ', counts as absent'
    FROM targets
    JOIN births USING (game_date, player_lookup)
    WHERE births.finding IS NOT NULL
  ),

  told AS (
    SELECT
      *,
      CASE
        WHEN contains(finding, '=') OR ends_with(finding, 'is used')
          THEN regexp_replace(finding, '=[^,:;]*|^[0-9]+ ', '', 'g')
        ELSE regexp_replace(finding, '^.*, the row', 'two rows cannot both be true, the row')
      END AS kind
    FROM findings
    WHERE finding != ''
  ),

  behind AS (
    SELECT
      told_days.game_date, told.table_name, told.kind,
      count(*) AS findings_behind,
      max(told.game_date) AS newest
    FROM told
    JOIN (SELECT DISTINCT game_date FROM targets) AS told_days
      ON told.game_date < told_days.game_date
      AND told.game_date >= told_days.game_date - ${history_days}
    -- An age is asked for on the date itself alone.
    WHERE told.table_name != 'player_birthdates'
    GROUP BY ALL
  ),

  -- Who took shots of which no zone is known: his rates come from games before.
  without_zones AS (
    SELECT days.game_date, count(*) AS games, max(appearances.game_date) AS newest
    FROM (SELECT DISTINCT game_date FROM targets) AS days
    JOIN appearances
      ON appearances.game_date < days.game_date
      AND appearances.game_date >= days.game_date - ${history_days}
    WHERE
      is_played AND counts AND fg_attempts > 0
      AND paint_attempts IS NULL AND mid_range_attempts IS NULL
    GROUP BY days.game_date
  ),

  -- Games that the box scores have and L3 lacks.
  lost AS (
    SELECT days.game_date, count(*) AS team_games, max(listed.game_date) AS newest
    FROM (SELECT DISTINCT game_date FROM targets) AS days
    JOIN (
      SELECT game_date, team_abbr FROM boxscore_games WHERE counts
      EXCEPT
      SELECT game_date, team_abbr FROM team_games
    ) AS listed
      ON listed.game_date < days.game_date
      AND listed.game_date >= days.game_date - ${history_days}
    GROUP BY days.game_date
  )

SELECT game_date, game_id, player_lookup, prefix || finding AS reason, row_json
FROM told SEMI JOIN requested USING (game_date)
UNION ALL
SELECT
  game_date, NULL, NULL,
  table_name || ', ' || findings_behind || ' times in the ${history_days} days before, last on '
    || newest || ': ' || kind,
  NULL
FROM behind
UNION ALL
SELECT
  game_date, NULL, NULL,
  'player_game_summary lacks the zones of ' || games || ' player-games with shots in the '
    || '${history_days} days before, last on ' || newest,
  NULL
FROM without_zones
UNION ALL
SELECT
  game_date, NULL, NULL,
  'player_game_summary lacks ' || team_games || ' team-games that box scores have in the '
    || '${history_days} days before, last on ' || newest,
  NULL
FROM lost
UNION ALL
SELECT
  game_date, NULL, NULL,
  'player_birthdates lacks ' || missing || ' of the ' || players || ' players of the date, '
    || 'their ages are unknown',
  NULL
FROM unlisted
ORDER BY ALL
