-- One row per team that played, with what was known of its defence before the game.
WITH
  playing AS (
    SELECT game_date, game, min(game_id) AS game_id, team_abbr
    FROM targets
    WHERE team_abbr != ''
    GROUP BY game_date, game, team_abbr
    QUALIFY row_number() OVER (
      PARTITION BY game_date, team_abbr ORDER BY count(*) DESC, game) = 1
  ),

  figures AS (
    SELECT
      playing.*,
      coalesce(forms.games, 0) AS games_used,
      forms.paint AS paint_pct_allowed,
      forms.mid_range AS mid_range_pct_allowed,
      forms.three_pt AS three_pt_pct_allowed,
      league.paint AS paint_league_mean,
      league.mid_range AS mid_range_league_mean,
      league.three_pt AS three_pt_league_mean,
      settled((forms.paint - league.paint) * 100) AS paint_defense_vs_league_avg,
      settled((forms.mid_range - league.mid_range) * 100) AS mid_range_defense_vs_league_avg,
      settled((forms.three_pt - league.three_pt) * 100) AS three_pt_defense_vs_league_avg,
      paint_defense_vs_league_avg IS NOT NULL
        AND mid_range_defense_vs_league_avg IS NOT NULL
        AND three_pt_defense_vs_league_avg IS NOT NULL AS is_known
    FROM playing
    LEFT JOIN defense_forms AS forms
      ON forms.game_date = playing.game_date AND forms.team_abbr = playing.team_abbr
    LEFT JOIN league_defense AS league ON league.game_date = playing.game_date
  )

SELECT
  * EXCLUDE (game, is_known),
  game_date AS analysis_date,
  CASE WHEN is_known THEN
    CASE greatest(
      paint_defense_vs_league_avg, mid_range_defense_vs_league_avg, three_pt_defense_vs_league_avg
    )
      WHEN paint_defense_vs_league_avg THEN 'paint'
      WHEN mid_range_defense_vs_league_avg THEN 'mid_range'
      ELSE 'perimeter'
    END
  END AS weakest_zone,
  CASE WHEN is_known THEN
    CASE least(
      paint_defense_vs_league_avg, mid_range_defense_vs_league_avg, three_pt_defense_vs_league_avg
    )
      WHEN paint_defense_vs_league_avg THEN 'paint'
      WHEN mid_range_defense_vs_league_avg THEN 'mid_range'
      ELSE 'perimeter'
    END
  END AS strongest_zone,
  CAST(100 * games_used / ${defense_games} AS DECIMAL(5, 2)) AS data_completeness_pct,
  games_used < ${defense_games} AS early_season_flag,
  sha256(concat_ws(chr(31),
    team_abbr, game_date, game_id, ${version}, games_used,
    coalesce(CAST(paint_pct_allowed AS VARCHAR), ''),
    coalesce(CAST(mid_range_pct_allowed AS VARCHAR), ''),
    coalesce(CAST(three_pt_pct_allowed AS VARCHAR), ''),
    coalesce(CAST(paint_league_mean AS VARCHAR), ''),
    coalesce(CAST(mid_range_league_mean AS VARCHAR), ''),
    coalesce(CAST(three_pt_league_mean AS VARCHAR), '')
  )) AS data_hash
FROM figures
ORDER BY game_date, game_id, team_abbr
