-- Rows of the defence with other attempts than the players of the opponent took. A defence cannot have
-- faced fewer; more only while rows or values of the players lack: so that contradicts them when the
-- minutes of the rows make a whole team and each who played has attempts.
-- Written for BigQuery and DuckDB.
WITH
  lines AS (
    ${player_lines}
  ),

  -- Of a player whose rows differ, or say two things of whether he played, the attempts are unknown.
  players AS (
    SELECT
      game_date,
      game,
      MIN(team) AS team,
      MIN(minutes) AS minutes,
      MIN(paint) AS paint,
      MIN(mid_range) AS mid_range,
      MIN(three_pt) AS three_pt,
      MAX(IF(is_unclear, 1, 0)) = 0
        AND MIN(team) = MAX(team)
        AND MIN(minutes) = MAX(minutes)
        AND MIN(paint) = MAX(paint)
        AND MIN(mid_range) = MAX(mid_range)
        AND MIN(three_pt) = MAX(three_pt) AS is_clear
    FROM (
      SELECT
        game_date,
        game,
        team,
        player_lookup,
        is_unclear,
        COALESCE(minutes, 0) AS minutes,
        COALESCE(paint, -1) AS paint,
        COALESCE(mid_range, -1) AS mid_range,
        COALESCE(three_pt, -1) AS three_pt
      FROM lines
    ) AS known
    GROUP BY game_date, game, player_lookup
  ),

  taken AS (
    SELECT
      game_date,
      game,
      team,
      SUM(IF(is_clear, GREATEST(paint, 0), 0)) AS paint,
      SUM(IF(is_clear, GREATEST(mid_range, 0), 0)) AS mid_range,
      SUM(IF(is_clear, GREATEST(three_pt, 0), 0)) AS three_pt,
      MIN(IF(minutes > 0, paint, 0)) >= 0 AS has_paint,
      MIN(IF(minutes > 0, mid_range, 0)) >= 0 AS has_mid_range,
      MIN(IF(minutes > 0, three_pt, 0)) >= 0 AS has_three_pt,
      MIN(IF(is_clear, 1, 0)) = 1 AND SUM(GREATEST(minutes, 0)) >= ${whole_team_minutes} AS is_whole
    FROM players
    GROUP BY game_date, game, team
  ),

  faced AS (
    ${defense_lines}
  )

SELECT
  faced.game_date,
  faced.game,
  faced.team,
  faced.paint,
  faced.mid_range,
  faced.three_pt,
  taken.paint AS paint_taken,
  taken.mid_range AS mid_range_taken,
  taken.three_pt AS three_pt_taken
FROM faced
JOIN taken
  ON taken.game_date = faced.game_date
  AND taken.game = faced.game
  AND taken.team = faced.team
WHERE
  faced.paint < taken.paint
  OR faced.mid_range < taken.mid_range
  OR faced.three_pt < taken.three_pt
  OR taken.is_whole
    AND (
      taken.has_paint AND faced.paint > taken.paint
      OR taken.has_mid_range AND faced.mid_range > taken.mid_range
      OR taken.has_three_pt AND faced.three_pt > taken.three_pt)
