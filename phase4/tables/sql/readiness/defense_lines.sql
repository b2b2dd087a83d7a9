-- Of a team's rows of a game the newest, then the one that says most.
SELECT game_date, game, team, paint, paint_makes, mid_range, mid_range_makes, three_pt, three_pt_makes
FROM (
  SELECT
    *,
    RANK() OVER (
      PARTITION BY game_date, game, team
      ORDER BY
        processed_at DESC NULLS LAST,
        IF(paint IS NULL, 0, 1) + IF(paint_makes IS NULL, 0, 1)
        + IF(mid_range IS NULL, 0, 1) + IF(mid_range_makes IS NULL, 0, 1)
        + IF(three_pt IS NULL, 0, 1) + IF(three_pt_makes IS NULL, 0, 1) DESC
    ) AS place
  FROM (
    SELECT
      game_date,
      ${coded_game} AS game,
      code AS team,
      ${valid_defense_opp_paint_attempts} AS paint,
      ${valid_defense_opp_paint_makes} AS paint_makes,
      ${valid_defense_opp_mid_range_attempts} AS mid_range,
      ${valid_defense_opp_mid_range_makes} AS mid_range_makes,
      ${valid_defense_opp_three_pt_attempts} AS three_pt,
      ${valid_defense_opp_three_pt_makes} AS three_pt_makes,
      processed_at
    FROM (
      SELECT *, ${defense_codes}
      FROM `${defense_table}`
      WHERE game_date BETWEEN ${first} AND range_end
    )
  )
)
WHERE place = 1
