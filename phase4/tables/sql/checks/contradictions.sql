-- What L3 says in two ways: one player in two places, one name for two people, two names for one. The
-- job believes none of them. And dates on which L3 and L1 have a player on different teams of his game,
-- which is not settled, with the dates that have such a one in their history.
WITH
  appearances AS (
    SELECT
      game_date,
      ${player_game} AS game,
      ${team_code} AS team,
      player_lookup,
      universal_player_id
    FROM `${player_table}`
    WHERE
      game_date BETWEEN range_start AND range_end
      AND game_date IN (SELECT game_date FROM judged)
      AND is_active
      AND minutes_played > 0
  ),

  misplaced AS (
    SELECT game_date, COUNT(*) AS players, MIN(player_lookup) AS example
    FROM (
      SELECT appearances.game_date, appearances.player_lookup
      FROM appearances
      JOIN (
        SELECT DISTINCT game_date, ${raw_game} AS game, player_lookup, ${team_code} AS team
        FROM `${raw_table}`
        WHERE game_date BETWEEN range_start AND range_end
      ) AS lines
        ON lines.game_date = appearances.game_date
        AND lines.game = appearances.game
        AND lines.player_lookup = appearances.player_lookup
      GROUP BY appearances.game_date, appearances.player_lookup
      HAVING COUNTIF(lines.team = appearances.team) = 0
    )
    GROUP BY game_date
  ),

  found AS (
    SELECT 'a player on two teams' AS subject, game_date, MIN(player_lookup) AS example
    FROM appearances
    GROUP BY game_date, game, player_lookup
    HAVING MIN(team) != MAX(team)
    UNION ALL
    SELECT 'a player in two games', game_date, MIN(player_lookup)
    FROM appearances
    GROUP BY game_date, player_lookup
    HAVING MIN(game) != MAX(game)
    UNION ALL
    SELECT 'two people under one name', game_date, MIN(player_lookup)
    FROM appearances
    GROUP BY game_date, player_lookup
    HAVING MIN(universal_player_id) != MAX(universal_player_id)
    UNION ALL
    SELECT 'one person under two names', game_date, MIN(universal_player_id)
    FROM appearances
    WHERE universal_player_id IS NOT NULL
    GROUP BY game_date, game, universal_player_id
    HAVING MIN(player_lookup) != MAX(player_lookup)
    UNION ALL
    SELECT
      'a player on another team than in L1',
      game_date,
      FORMAT('%d players, %s', players, example)
    FROM misplaced
    UNION ALL
    SELECT
      'computed behind such a date',
      behind.game_date,
      CONCAT('after ', CAST(MAX(misplaced.game_date) AS STRING))
    FROM dates AS behind
    JOIN misplaced
      ON misplaced.game_date < behind.game_date
      AND misplaced.game_date >= DATE_SUB(behind.game_date, INTERVAL ${stale_history_days} DAY)
    WHERE behind.l4_games > 0 AND behind.game_date IN (SELECT game_date FROM judged)
    GROUP BY behind.game_date
  )

SELECT
  subject,
  CAST(COUNT(found.game_date) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s %s', CAST(found.game_date AS STRING), found.example), '; '
      ORDER BY found.game_date LIMIT 30),
    '') AS detail
FROM UNNEST([
  'a player on two teams', 'a player in two games', 'two people under one name',
  'one person under two names', 'a player on another team than in L1',
  'computed behind such a date'
]) AS subject
LEFT JOIN found
  USING (subject)
GROUP BY subject
