-- What L3 says in two ways: one player in two places, one name for two people, two names for one, a
-- defence that faced other shots than were taken, and birth dates that the roster cannot mean. The job
-- believes none of them. And what is not settled between L3 and L1, with the dates that have such a one in
-- their history.
WITH
  appearances AS (
    SELECT *, ${season_of_date} AS season_year
    FROM player_summaries
    WHERE ever_played
  ),

  judged_appearances AS (
    SELECT *
    FROM appearances
    WHERE has_key AND game_date IN (SELECT game_date FROM judged)
  ),

  -- Under which names a season knows a person: his history is that of one of them.
  names AS (
    SELECT universal_player_id, season_year, player_lookup, MIN(game_date) AS since
    FROM appearances
    WHERE has_key AND universal_player_id IS NOT NULL
    GROUP BY universal_player_id, season_year, player_lookup
  ),

  births AS (
    ${births}
  ),

  found AS (
    SELECT 'a player on two teams' AS subject, game_date, MIN(player_lookup) AS example
    FROM judged_appearances
    WHERE played
    GROUP BY game_date, game, player_lookup
    HAVING MIN(team) != MAX(team)
    UNION ALL
    SELECT 'a player in two games', game_date, MIN(player_lookup)
    FROM judged_appearances
    GROUP BY game_date, player_lookup
    HAVING MIN(game) != MAX(game)
    UNION ALL
    SELECT 'two people under one name', game_date, MIN(player_lookup)
    FROM judged_appearances
    GROUP BY game_date, player_lookup
    HAVING MIN(universal_player_id) != MAX(universal_player_id)
    UNION ALL
    SELECT 'one person under two names', game_date, MIN(universal_player_id)
    FROM judged_appearances
    WHERE universal_player_id IS NOT NULL
    GROUP BY game_date, game, universal_player_id
    HAVING MIN(player_lookup) != MAX(player_lookup)
    UNION ALL
    SELECT
      'a person under another name before',
      appearances.game_date,
      MIN(FORMAT('%s is %s, once %s',
        appearances.universal_player_id, appearances.player_lookup, names.player_lookup))
    FROM judged_appearances AS appearances
    JOIN names
      ON names.universal_player_id = appearances.universal_player_id
      AND names.season_year = appearances.season_year
      AND names.player_lookup != appearances.player_lookup
      AND names.since < appearances.game_date
    GROUP BY appearances.game_date, appearances.universal_player_id
    UNION ALL
    SELECT
      'a player against another team than his game has',
      game_date,
      FORMAT('%d %s, %s', COUNT(*), IF(COUNT(*) = 1, 'player', 'players'),
        MIN(FORMAT('%s of %s against %s', player_lookup, game, IFNULL(opponent_team_abbr, 'nobody'))))
    FROM judged_appearances
    WHERE is_of_another_game
    GROUP BY game_date
    UNION ALL
    SELECT
      'a player without a name or a game id',
      game_date,
      FORMAT('%d %s, %s', COUNT(*), IF(COUNT(*) = 1, 'row', 'rows'),
        MIN(FORMAT('%s of %s',
          IFNULL(NULLIF(TRIM(player_lookup), ''), 'nobody'), IFNULL(game, 'no game'))))
    FROM appearances
    WHERE NOT has_key AND game_date IN (SELECT game_date FROM judged)
    GROUP BY game_date
    UNION ALL
    SELECT
      'a player of no birth date that can be, or of two',
      game_date,
      FORMAT('%d %s, %s', COUNT(*), IF(COUNT(*) = 1, 'player', 'players'), MIN(player_lookup))
    FROM births
    WHERE finding IS NOT NULL
    GROUP BY game_date
    UNION ALL
    SELECT
      subject,
      game_date,
      FORMAT('%d %s, %s',
        COUNT(*), IF(COUNT(*) = 1, RTRIM(MIN(counted), 's'), MIN(counted)), MIN(example))
    FROM unsettled
    WHERE game_date IN (SELECT game_date FROM judged)
    GROUP BY subject, game_date
    UNION ALL
    SELECT
      'a defence that faced other shots than the players took',
      game_date,
      FORMAT('%s: %s of %s in the paint, %s of %s from mid-range, %s of %s threes',
        team,
        IFNULL(CAST(paint AS STRING), 'none'), CAST(paint_taken AS STRING),
        IFNULL(CAST(mid_range AS STRING), 'none'), CAST(mid_range_taken AS STRING),
        IFNULL(CAST(three_pt AS STRING), 'none'), CAST(three_pt_taken AS STRING))
    FROM (
      ${shots_faced}
    )
    WHERE game_date IN (SELECT game_date FROM judged)
    UNION ALL
    SELECT
      'computed behind such a date',
      behind.game_date,
      FORMAT('after %s, %d %s',
        CAST(MAX(unsettled.game_date) AS STRING), COUNT(*), IF(COUNT(*) = 1, 'case', 'cases'))
    FROM (SELECT DISTINCT game_date FROM stored_ids) AS behind
    -- Preseason and All-Star games are nobody's history, nor are those of another season.
    JOIN `${seasons}` AS seasons
      ON seasons.season_year = ${season_of_date}
    JOIN unsettled
      ON unsettled.game_date < behind.game_date
      AND unsettled.game_date >= seasons.opener
      AND IFNULL(
        unsettled.game_date NOT BETWEEN seasons.all_star_start AND seasons.all_star_end, TRUE)
      AND unsettled.game_date >= DATE_SUB(behind.game_date, INTERVAL ${stale_history_days} DAY)
    GROUP BY behind.game_date
  )

SELECT
  subject,
  CAST(COUNT(found.game_date) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s %s', CAST(found.game_date AS STRING), found.example), '; '
      ORDER BY found.game_date, found.example LIMIT 30),
    '') AS detail
FROM UNNEST([
  'a player on two teams', 'a player in two games', 'two people under one name',
  'one person under two names', 'a player against another team than his game has',
  'a player without a name or a game id', 'a player of no birth date that can be, or of two',
  'a player on another team than in L1', 'a player with other figures than in L1',
  'a player who played by L1 alone', 'a player whom L1 does not list', 'a game of one team alone',
  'a player with another usage than L1 gives', 'a team with other figures than L1 gives',
  'a defence that faced other shots than the players took',
  'a defence that gave up more than was scored', 'a defence with other makes than L1 gives',
  'a team with minutes that no game has',
  'zones exchanged: fewer makes in the paint than from mid-range', 'a person under another name before',
  'computed behind such a date'
]) AS subject
LEFT JOIN found
  USING (subject)
GROUP BY subject
