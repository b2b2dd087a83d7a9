-- Of a team's rows of a game the newest, then the one that says most.
SELECT game_date, game, team, pace, possessions
FROM (
  SELECT
    *,
    RANK() OVER (
      PARTITION BY game_date, game, team
      ORDER BY processed_at DESC NULLS LAST, IF(pace IS NULL, 0, 1) + IF(possessions IS NULL, 0, 1) DESC
    ) AS place
  FROM (
    SELECT
      game_date,
      ${coded_game} AS game,
      code AS team,
      ${valid_offense_pace} AS pace,
      possessions,
      processed_at
    FROM (
      SELECT *, ${offense_codes}
      FROM `${offense_table}`
      WHERE game_date BETWEEN ${first} AND range_end
    )
  )
)
WHERE place = 1
