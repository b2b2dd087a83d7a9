-- The games of one date in every layer, matched by their teams: L1 and L3 write game ids differently.
WITH
  l1 AS (
    SELECT
      CONCAT(away_team_abbr, '_', home_team_abbr) AS teams,
      COUNT(DISTINCT player_lookup) AS players
    FROM `${raw_table}`
    WHERE game_date = @game_date
    GROUP BY teams
  ),

  l3 AS (
    SELECT
      REGEXP_REPLACE(game_id, r'^\d{8}_', '') AS teams,
      COUNT(DISTINCT IF(is_active AND minutes_played > 0, player_lookup, NULL)) AS players,
      COUNTIF(is_active AND minutes_played IS NULL) AS without_minutes
    FROM `${player_table}`
    WHERE game_date = @game_date
    GROUP BY teams
  ),

  l4 AS (
    SELECT
      REGEXP_REPLACE(game_id, r'^\d{8}_', '') AS teams,
      COUNT(DISTINCT player_lookup) AS players,
      COUNT(*) AS stored_rows
    FROM `${target_table}`
    WHERE game_date = @game_date
    GROUP BY teams
  ),

  known AS (
    SELECT teams FROM l1
    UNION DISTINCT
    SELECT teams FROM l3
    UNION DISTINCT
    SELECT teams FROM l4
  )

SELECT
  known.teams,
  IFNULL(l1.players, 0) AS l1_players,
  IFNULL(l3.players, 0) AS l3_players,
  IFNULL(l3.without_minutes, 0) AS l3_without_minutes,
  IFNULL(l4.players, 0) AS l4_players,
  IFNULL(l4.stored_rows, 0) AS l4_rows
FROM known
LEFT JOIN l1 ON l1.teams = known.teams
LEFT JOIN l3 ON l3.teams = known.teams
LEFT JOIN l4 ON l4.teams = known.teams
ORDER BY known.teams
