-- The rows of L3 and L4 of one date, each with its canonical game: the layers write game ids differently.
-- An id of L4 is the game that L3 means by it, or L1, or that it is made of; any other is the game that
-- its player plays on that date, as in date_status_within.
player_rows AS (
  SELECT
    game_date,
    game_id,
    game,
    player_lookup,
    player_full_name,
    team_abbr,
    opponent_team_abbr,
    minutes_played,
    usage_rate,
    points,
    is_active,
    ${newest_copy} AND IFNULL(is_active AND minutes_played > 0, FALSE) AND NOT ${contradictory_player}
      AND ${has_key} AS played
  FROM (
    ${settled_on_date}
  )
),

player_ids AS (
  SELECT game_id, game
  FROM player_rows
  GROUP BY game_date, game_id, game
  QUALIFY ${is_meant_game}
),

raw_ids AS (
  SELECT game_id, game
  FROM (
    SELECT game_date, game_id, ${raw_game} AS game
    FROM `${raw_table}`
    WHERE game_date = @game_date
  )
  GROUP BY game_date, game_id, game
  QUALIFY ${is_meant_game}
),

player_dates AS (
  SELECT player_lookup, MIN(game) AS game
  FROM player_rows
  WHERE played
  GROUP BY player_lookup
),

factor_rows AS (
  SELECT
    stored.* EXCEPT (game_of_id),
    COALESCE(player_ids.game, raw_ids.game, stored.game_of_id, player_dates.game, stored.game_id) AS game
  FROM (
    SELECT *, NULLIF(${id_game}, game_id) AS game_of_id
    FROM `${target_table}`
    WHERE game_date = @game_date
  ) AS stored
  LEFT JOIN player_ids
    ON player_ids.game_id = stored.game_id
  LEFT JOIN raw_ids
    ON raw_ids.game_id = stored.game_id
  LEFT JOIN player_dates
    ON player_dates.player_lookup = stored.player_lookup
)
