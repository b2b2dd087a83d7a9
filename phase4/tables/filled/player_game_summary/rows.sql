-- One row per line of a box score. Paint and mid-range attempts need play-by-play, which L1 is not.
SELECT
  box_lines.player_lookup,
  known_ids.universal_player_id,
  box_lines.player_full_name,
  box_teams.game_id,
  box_lines.game_date,
  box_lines.team_abbr,
  box_teams.opponent_team_abbr,
  box_teams.season_year,
  box_lines.points,
  CAST(quotient(box_lines.nanoseconds, 6000000000) AS DECIMAL(30, 0)) * 0.1 AS minutes_played,
  -- 100 * own plays * (team minutes / 5) / (minutes * plays of the team). A nanosecond on the court
  -- gives more than the column holds: absent, as everything over 100 is.
  CASE WHEN box_lines.nanoseconds > 0 AND box_teams.plays_used > 0
    THEN TRY_CAST(
      CAST(
        quotient(
          2000 * box_teams.nanoseconds * box_lines.plays_used,
          box_lines.nanoseconds * box_teams.plays_used
        ) AS DECIMAL(30, 0)
      ) * 0.01 AS DECIMAL(6, 2)
    )
  END AS usage_rate,
  box_lines.field_goals_attempted AS fg_attempts,
  box_lines.three_pointers_attempted AS three_pt_attempts,
  coalesce(box_lines.nanoseconds > 0, FALSE) AS is_active,
  NOT is_active AS is_dnp,
  box_lines.assists,
  box_lines.rebounds,
  box_lines.field_goals_made AS fg_makes,
  box_lines.three_pointers_made AS three_pt_makes,
  box_lines.free_throws_attempted AS ft_attempts,
  box_lines.free_throws_made AS ft_makes,
  sha256(concat_ws(chr(31),
    box_lines.player_lookup, box_teams.game_id, box_lines.team_abbr, box_lines.points,
    coalesce(CAST(minutes_played AS VARCHAR), ''), coalesce(CAST(usage_rate AS VARCHAR), ''),
    fg_attempts, fg_makes, three_pt_attempts, three_pt_makes, ft_attempts, ft_makes,
    box_lines.assists, box_lines.rebounds
  )) AS data_hash
FROM box_lines
JOIN box_teams
  ON box_teams.game_date = box_lines.game_date
  AND box_teams.game = box_lines.game
  AND box_teams.team_abbr = box_lines.team_abbr
LEFT JOIN known_ids
  ON known_ids.player_lookup = box_lines.player_lookup
ORDER BY box_lines.game_date, box_teams.game_id, box_lines.player_lookup
