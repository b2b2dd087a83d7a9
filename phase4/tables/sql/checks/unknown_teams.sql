-- Team codes of the season's games that neither the list of teams nor its aliases know. A game of such
-- a team is nobody's counterpart in another layer.
WITH
  codes AS (
    SELECT rows_there.game_date, IFNULL(code, 'no team') AS code, 'L1' AS layer
    FROM `${raw_table}` AS rows_there
    CROSS JOIN UNNEST([home_team_abbr, away_team_abbr]) AS code
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, IFNULL(code, 'no team'), 'L3 players'
    FROM `${player_table}`
    CROSS JOIN UNNEST([team_abbr, opponent_team_abbr]) AS code
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, IFNULL(code, 'no team'), 'L3 defense'
    FROM `${defense_table}`
    CROSS JOIN UNNEST([defending_team_abbr, opponent_team_abbr]) AS code
    WHERE game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, IFNULL(code, 'no team'), 'L3 offense'
    FROM `${offense_table}`
    CROSS JOIN UNNEST([team_abbr, opponent_team_abbr]) AS code
    WHERE game_date BETWEEN range_start AND range_end
  ),

  -- Exhibitions are played by teams of their own.
  unknown AS (
    SELECT
      codes.layer,
      codes.code,
      MIN(codes.game_date) AS first_date,
      COUNT(DISTINCT codes.game_date) AS dates
    FROM codes
    JOIN `${seasons}` AS season
      ON season.season_year = ${season_of_date}
    WHERE
      codes.code NOT IN (${known_teams})
      AND codes.game_date IN (SELECT game_date FROM judged)
      AND codes.game_date >= season.opener
      AND IFNULL(codes.game_date NOT BETWEEN season.all_star_start AND season.all_star_end, TRUE)
    GROUP BY codes.layer, codes.code
  )

SELECT
  '' AS subject,
  CAST(COUNT(*) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s has %s on %d dates from %s on', layer, code, dates, CAST(first_date AS STRING)),
      '; ' ORDER BY layer, code LIMIT 10),
    '') AS detail
FROM unknown
