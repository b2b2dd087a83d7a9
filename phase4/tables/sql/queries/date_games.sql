-- The games of one date in every layer, by their teams: the layers write game ids differently.
WITH
  ${date_layers},

  l1 AS (
    SELECT
      ${raw_game} AS teams,
      COUNT(DISTINCT player_lookup) AS players
    FROM `${raw_table}`
    WHERE game_date = @game_date
    GROUP BY teams
  ),

  l3 AS (
    SELECT
      game AS teams,
      COUNT(DISTINCT IF(played, player_lookup, NULL)) AS players,
      COUNTIF(IFNULL(is_active AND minutes_played IS NULL, FALSE)) AS without_minutes
    FROM player_rows
    GROUP BY game
  ),

  l4 AS (
    SELECT
      game AS teams,
      COUNT(DISTINCT player_lookup) AS players,
      COUNT(*) AS stored_rows
    FROM factor_rows
    GROUP BY game
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
