-- Newest rows that differ are figures of nothing, as are those of a team in two games on one date, and
-- those that the players contradict.
WITH
  defense AS (
    ${defense_lines}
  )

SELECT 'team_offense_game_summary' AS source, game_date, team, FALSE AS has_zones
FROM (
  ${offense_lines}
)
GROUP BY game_date, team
HAVING
  MIN(game) = MAX(game)
  AND COUNT(pace) = COUNT(*)
  AND MIN(pace) = MAX(pace)
  AND IFNULL(MIN(possessions) = MAX(possessions), TRUE)
UNION ALL
SELECT 'team_defense_game_summary', figures.game_date, figures.team, figures.has_zones
FROM (
  SELECT game_date, team, MIN(game) AS only_game, COUNT(paint) > 0 AS has_zones
  FROM defense
  GROUP BY game_date, team
  HAVING
    MIN(game) = MAX(game)
    AND COUNT(three_pt + three_pt_makes) = COUNT(*)
    AND MIN(three_pt) = MAX(three_pt)
    AND MIN(three_pt_makes) = MAX(three_pt_makes)
    AND (
      COUNT(paint + paint_makes + mid_range + mid_range_makes) = COUNT(*)
      AND MIN(paint) = MAX(paint)
      AND MIN(paint_makes) = MAX(paint_makes)
      AND MIN(mid_range) = MAX(mid_range)
      AND MIN(mid_range_makes) = MAX(mid_range_makes)
      -- A row that was made of a box score: there, though it knows no zones.
      OR COUNT(paint) + COUNT(paint_makes) + COUNT(mid_range) + COUNT(mid_range_makes) = 0)
) AS figures
LEFT JOIN (
  ${shots_faced}
) AS contradicted
  ON contradicted.game_date = figures.game_date
  AND contradicted.game = figures.only_game
  AND contradicted.team = figures.team
WHERE contradicted.team IS NULL
