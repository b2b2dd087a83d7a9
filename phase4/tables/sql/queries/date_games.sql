-- The games of one date in every layer, by their teams: the layers write game ids differently.
WITH
  l1 AS (
    SELECT
      ${raw_game} AS teams,
      COUNT(DISTINCT player_lookup) AS players
    FROM `${raw_table}`
    WHERE game_date = @game_date
    GROUP BY teams
  ),

  player_rows AS (
    SELECT
      game_date,
      game_id,
      ${settled_game} AS game,
      player_lookup,
      IFNULL(is_active AND minutes_played > 0, FALSE) AND ${has_key} AS played,
      IFNULL(is_active AND minutes_played IS NULL, FALSE) AS without_minutes
    FROM (
      SELECT *, ${told_rows} AS told_rows
      FROM (
        SELECT
          game_date,
          game_id,
          ${player_game} AS game,
          player_lookup,
          is_active,
          minutes_played
        FROM `${player_table}`
        WHERE game_date = @game_date
      )
    )
  ),

  l3 AS (
    SELECT
      game AS teams,
      COUNT(DISTINCT IF(played, player_lookup, NULL)) AS players,
      COUNTIF(without_minutes) AS without_minutes
    FROM player_rows
    GROUP BY game
  ),

  l4 AS (
    SELECT
      IFNULL(ids.game, stored.teams) AS teams,
      COUNT(DISTINCT player_lookup) AS players,
      COUNT(*) AS stored_rows
    FROM (
      SELECT game_id, player_lookup, ${id_game} AS teams
      FROM `${target_table}`
      WHERE game_date = @game_date
    ) AS stored
    LEFT JOIN (
      SELECT game_date, game_id, game
      FROM player_rows
      GROUP BY game_date, game_id, game
      QUALIFY ${is_meant_game}
    ) AS ids
      ON ids.game_id = stored.game_id
    GROUP BY 1
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
