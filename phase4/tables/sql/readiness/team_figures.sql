-- A team in two games on one date has figures of none.
SELECT 'team_offense_game_summary' AS source, game_date, ${team_code} AS team
FROM `${offense_table}`
WHERE
  game_date BETWEEN DATE(EXTRACT(YEAR FROM DATE_SUB(range_start, INTERVAL 9 MONTH)), 10, 1)
    AND range_end
  AND ${valid_offense_pace} IS NOT NULL
GROUP BY game_date, team
HAVING MIN(${offense_game}) = MAX(${offense_game})
UNION ALL
SELECT 'team_defense_game_summary', game_date, ${defense_code} AS team
FROM `${defense_table}`
WHERE
  game_date BETWEEN DATE(EXTRACT(YEAR FROM DATE_SUB(range_start, INTERVAL 9 MONTH)), 10, 1)
    AND range_end
  AND ${valid_defense_opp_paint_attempts} IS NOT NULL
  AND ${valid_defense_opp_paint_makes} IS NOT NULL
  AND ${valid_defense_opp_mid_range_attempts} IS NOT NULL
  AND ${valid_defense_opp_mid_range_makes} IS NOT NULL
  AND ${valid_defense_opp_three_pt_attempts} IS NOT NULL
  AND ${valid_defense_opp_three_pt_makes} IS NOT NULL
GROUP BY game_date, team
HAVING MIN(${defense_game}) = MAX(${defense_game})
