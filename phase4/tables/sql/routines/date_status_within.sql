-- The state of every date of a range (domain.md section 6). Planner, validator and command line read
-- date states from here and from nowhere else. One row per date, whether games were played or not.
-- history_days: how far behind a date a changed L3 row makes that date stale. first_days: how many days
-- from the opener on have too little history.
WITH
  days AS (
    SELECT game_date, ${season_of_date} AS season_year
    FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS game_date
  ),

  calendar AS (
    SELECT
      days.game_date,
      days.season_year,
      seasons.opener,
      seasons.all_star_start,
      seasons.all_star_end
    FROM days
    LEFT JOIN `${seasons}` AS seasons
      ON seasons.season_year = days.season_year
  ),

  -- What L1 lists of each team of each game, as the feed writes it.
  raw_sides AS (
    SELECT
      game_date,
      game_id,
      home_team_abbr,
      away_team_abbr,
      team_abbr,
      COUNT(*) AS told_rows,
      COUNT(DISTINCT player_lookup) AS players,
      LOGICAL_OR(${has_played_line}) AS played,
      MIN(processed_at) AS first_at
    FROM `${raw_table}`
    WHERE game_date BETWEEN
      DATE_SUB(range_start, INTERVAL ${witness_days} DAY)
      AND DATE_ADD(range_end, INTERVAL ${witness_days} DAY)
    GROUP BY game_date, game_id, home_team_abbr, away_team_abbr, team_abbr
  ),

  raw_teams AS (
    SELECT
      game_date,
      game_id,
      ${coded_game} AS game,
      IF(players >= ${witness_players}, team_abbr, NULL) AS full_team,
      told_rows,
      played,
      first_at
    FROM (
      SELECT *, ${raw_codes}
      FROM raw_sides
    )
  ),

  -- The newest that is on record of each date: games that a run counted in L4, or that a plan found
  -- there in good order. It stays known when the layers lose it.
  recorded AS (
    SELECT game_date, games, counted_games, finished_at AS recorded_at
    FROM `${ops_dataset}.outcomes`
    WHERE
      status IN ('PUBLISHED', 'UNCHANGED')
      AND ${of_default_table}
      AND game_date BETWEEN range_start AND range_end
    UNION ALL
    SELECT game_date, games, ARRAY_LENGTH(games), planned_at
    FROM `${ops_dataset}.plan`
    WHERE
      state IN ('COMPLETE', 'STALE')
      AND ${of_default_table}
      AND ARRAY_LENGTH(games) > 0
      AND game_date BETWEEN range_start AND range_end
  ),

  memory AS (
    SELECT
      game_date,
      games,
      -- An older system recorded how many, not which.
      IF(ARRAY_LENGTH(games) > 0, 0, counted_games) AS unnamed_games
    FROM recorded
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date ORDER BY recorded_at DESC) = 1
  ),

  -- While L3 names no opponents a game is recorded by its id, which is the same game all the same.
  remembered AS (
    SELECT DISTINCT memory.game_date, ${named_game} AS game
    FROM memory
    CROSS JOIN UNNEST(memory.games) AS game
  ),

  -- Every game that L1 lists or the ledger knows. One in which nobody has minutes or points was postponed
  -- or is still to come. Only one that is listed with both its teams can say who did not play in it.
  known_games AS (
    SELECT
      game_date,
      game,
      LOGICAL_OR(played) AS played,
      LOGICAL_OR(is_listed) AS is_listed,
      LOGICAL_OR(NOT is_listed) AS is_remembered,
      COUNT(DISTINCT full_team) > 1 AS is_whole,
      MIN(first_at) AS first_at
    FROM (
      SELECT game_date, game, full_team, played, TRUE AS is_listed, first_at
      FROM raw_teams
      UNION ALL
      SELECT game_date, game, NULL, FALSE, FALSE, NULL
      FROM remembered
    )
    GROUP BY game_date, game
  ),

  -- Dates with L1 rows on both sides: a game that L1 does not have there is a game that was not.
  witnessed AS (
    SELECT
      day AS game_date,
      raw_days.game_date IS NOT NULL AS has_games,
      COUNT(raw_days.game_date) OVER (
        ORDER BY day ROWS BETWEEN ${witness_days} PRECEDING AND 1 PRECEDING) > 0
      AND COUNT(raw_days.game_date) OVER (
        ORDER BY day ROWS BETWEEN 1 FOLLOWING AND ${witness_days} FOLLOWING) > 0 AS is_witnessed
    FROM UNNEST(GENERATE_DATE_ARRAY(
      DATE_SUB(range_start, INTERVAL ${witness_days} DAY),
      DATE_ADD(range_end, INTERVAL ${witness_days} DAY))) AS day
    LEFT JOIN (SELECT DISTINCT game_date FROM raw_sides WHERE played) AS raw_days
      ON raw_days.game_date = day
  ),

  player_rows AS (
    SELECT
      game_date,
      game_id,
      game,
      ${team_code} AS team,
      player_lookup,
      processed_at,
      is_newest AND (IFNULL(is_active, FALSE) OR is_contradictory) AS active,
      valid_minutes IS NOT NULL AND NOT is_contradictory AS timed,
      -- What cannot have a key is nobody's row, and not due; nor is a row that denies itself.
      is_newest AND IFNULL(is_active AND minutes_played > 0, FALSE) AND NOT is_contradictory AND ${has_key}
        AS played,
      IFNULL(usage_rate BETWEEN 0 AND 100, FALSE) AS has_usage,
      -- Says that he did not play: neither thin nor in contradiction with itself.
      IF(
        is_newest,
        NOT IFNULL(is_active AND (minutes_played > 0 OR minutes_played IS NULL), FALSE)
          AND NOT (is_contradictory OR lacks_minutes),
        NULL) AS sat
    FROM (
      SELECT
        *,
        ${newest_copy} AS is_newest,
        ${valid_players_minutes_played} AS valid_minutes,
        ${contradictory_player} AS is_contradictory,
        ${lacking_player} AS lacks_minutes
      FROM (
        ${settled_in_range}
      )
    )
  ),

  factor_rows AS (
    SELECT
      game_date,
      game_id,
      player_lookup,
      COUNT(*) AS copies,
      COUNTIF(IFNULL(calculation_version, '') != '${calculation_version}') AS old_version_rows
    FROM `${target_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date, game_id, player_lookup
  ),

  -- L4 has no teams: an id is the game that L3 means by it, or L1, or that it is made of. Looked up
  -- once per id, not for each of its rows.
  known_ids AS (
    SELECT
      ids.game_date,
      ids.game_id,
      COALESCE(player_ids.game, raw_ids.game, ids.game_of_id) AS game,
      player_ids.game IS NULL AS is_foreign
    FROM (
      SELECT game_date, game_id, NULLIF(${coded_id_game}, game_id) AS game_of_id
      FROM (
        SELECT *, ${id_codes}
        FROM (SELECT DISTINCT game_date, game_id FROM factor_rows)
      )
    ) AS ids
    LEFT JOIN (
      SELECT game_date, game_id, game
      FROM player_rows
      GROUP BY game_date, game_id, game
      QUALIFY ${is_meant_game}
    ) AS player_ids
      ON player_ids.game_date = ids.game_date
      AND player_ids.game_id = ids.game_id
    LEFT JOIN (
      SELECT game_date, game_id, game
      FROM raw_teams
      GROUP BY game_date, game_id, game
      QUALIFY ${is_meant_game_told}
    ) AS raw_ids
      ON raw_ids.game_date = ids.game_date
      AND raw_ids.game_id = ids.game_id
  ),

  -- Else it is the game that its player plays on that date, or a game of its own, and nobody knows
  -- which.
  stored_rows AS (
    SELECT
      factor_rows.*,
      COALESCE(known_ids.game, player_dates.game, factor_rows.game_id) AS game,
      IFNULL(known_ids.is_foreign, TRUE) AS has_foreign_id,
      COALESCE(known_ids.game, player_dates.game) IS NULL AS is_unresolved
    FROM factor_rows
    LEFT JOIN known_ids
      ON known_ids.game_date = factor_rows.game_date
      AND known_ids.game_id = factor_rows.game_id
    LEFT JOIN (
      SELECT game_date, player_lookup, MIN(game) AS game
      FROM player_rows
      WHERE played
      GROUP BY game_date, player_lookup
    ) AS player_dates
      ON player_dates.game_date = factor_rows.game_date
      AND player_dates.player_lookup = factor_rows.player_lookup
  ),

  -- Every player of every game once, as L3 and L4 have him: by identity, whatever the game's id.
  identities AS (
    SELECT
      game_date,
      game,
      player_lookup,
      COUNTIF(copies = 0) AS l3_rows,
      COUNTIF(active) AS active_rows,
      COUNTIF(active AND timed) AS timed_rows,
      COUNTIF(played) AS played_rows,
      COUNTIF(played AND has_usage) AS usage_rows,
      MIN(processed_at) AS l3_first_at,
      LOGICAL_OR(played) AS is_expected,
      IFNULL(LOGICAL_AND(sat), FALSE) AS sat,
      MIN(team) AS team,
      SUM(copies) AS copies,
      SUM(old_version_rows) AS old_version_rows,
      LOGICAL_OR(has_foreign_id) AS has_foreign_id,
      LOGICAL_OR(is_unresolved) AS is_unresolved,
      STRING_AGG(stored_id, '${field_separator}' ORDER BY stored_id) AS stored_ids
    FROM (
      SELECT
        game_date, game, team, player_lookup, active, timed, played, has_usage, sat, processed_at,
        0 AS copies, 0 AS old_version_rows, FALSE AS has_foreign_id, FALSE AS is_unresolved,
        CAST(NULL AS STRING) AS stored_id
      FROM player_rows
      UNION ALL
      SELECT
        game_date, game, NULL, player_lookup, FALSE, FALSE, FALSE, FALSE, NULL, NULL,
        copies, old_version_rows, has_foreign_id, is_unresolved, game_id
      FROM stored_rows
    )
    GROUP BY game_date, game, player_lookup
  ),

  -- How many of a team played, as L3 has it. Counted apart: a window would carry every column of its rows.
  sides AS (
    SELECT game_date, game, team, COUNT(DISTINCT player_lookup) AS players
    FROM player_rows
    WHERE played
    GROUP BY game_date, game, team
  ),

  raw_lines AS (
    SELECT
      lines.game_date,
      ${raw_game} AS game,
      lines.player_lookup,
      LOGICAL_OR(${has_played_line}) AS played
    FROM `${raw_table}` AS lines
    JOIN (
      SELECT game_date AS stored_date, player_lookup AS stored_player
      FROM identities
      WHERE copies > 0 AND NOT is_expected
    )
      ON stored_date = lines.game_date
      AND stored_player = lines.player_lookup
    WHERE lines.game_date BETWEEN range_start AND range_end
    GROUP BY lines.game_date, game, lines.player_lookup
  ),

  -- A row that the new rows would not contain may go only if something that still stands contradicts
  -- it: L3 says that he did not play, and has five of his team who did, or L1 does not say that he
  -- played (the rows of a game may be there before their figures are); L1 holds the game and does not
  -- list him; no run ever counted the game, and L1, with rows around the date, has no such game.
  judged AS (
    SELECT
      identities.*,
      identities.copies > 0 AND NOT identities.is_expected AS is_extra,
      identities.sat
          AND (raw_lines.played IS NOT TRUE OR IFNULL(sides.players, 0) >= ${witness_players})
        OR known_games.is_whole IS TRUE AND raw_lines.player_lookup IS NULL
        OR known_games.played IS NOT TRUE
          AND known_games.is_remembered IS NOT TRUE
          AND IFNULL(memory.unnamed_games, 0) = 0
          AND witnessed.is_witnessed
          AND NOT (identities.is_unresolved AND witnessed.has_games) AS is_contradicted
    FROM identities
    JOIN witnessed
      ON witnessed.game_date = identities.game_date
    LEFT JOIN sides
      ON sides.game_date = identities.game_date
      AND sides.game = identities.game
      AND sides.team = identities.team
    LEFT JOIN known_games
      ON known_games.game_date = identities.game_date
      AND known_games.game = identities.game
    LEFT JOIN raw_lines
      ON raw_lines.game_date = identities.game_date
      AND raw_lines.game = identities.game
      AND raw_lines.player_lookup = identities.player_lookup
    LEFT JOIN memory
      ON memory.game_date = identities.game_date
  ),

  -- What L3 and L4 hold of a game.
  held_games AS (
    SELECT
      game_date,
      game,
      SUM(l3_rows) > 0 AS in_l3,
      LOGICAL_OR(is_expected) AS is_playable,
      SUM(copies) > 0 AS in_l4,
      SUM(active_rows) AS active_rows,
      SUM(timed_rows) AS timed_rows,
      SUM(played_rows) AS played_rows,
      SUM(usage_rows) AS usage_rows,
      COUNTIF(is_expected) AS expected_players,
      COUNTIF(is_expected AND copies > 0) AS present_players,
      COUNTIF(is_extra) AS extra_players,
      COUNTIF(is_extra AND NOT is_contradicted) AS lost_players,
      SUM(GREATEST(copies - 1, 0)) AS duplicate_rows,
      SUM(old_version_rows) AS old_version_rows,
      STRING_AGG(
        IF(is_expected AND copies = 0, player_lookup, NULL), ', ')
        AS missing_names,
      STRING_AGG(IF(is_extra AND NOT is_contradicted, player_lookup, NULL), ', ' ORDER BY player_lookup)
        AS lost_names,
      -- A key that goes because its player is there under another id of the game is no loss. Keys of
      -- somebody else's rows may hold blanks and bars: what stands between them is in no text.
      STRING_AGG(
        IF(
          is_extra AND is_contradicted
            OR is_expected AND copies > 0 AND (has_foreign_id OR l3_rows > 1),
          CONCAT(player_lookup, '${field_separator}', stored_ids),
          NULL),
        '${row_separator}' ORDER BY player_lookup) AS removable,
      MIN(l3_first_at) AS l3_first_at
    FROM judged
    GROUP BY game_date, game
  ),

  -- Every game that a layer or the ledger knows.
  told_games AS (
    SELECT
      COALESCE(held.game_date, known.game_date) AS game_date,
      COALESCE(held.game, known.game) AS game,
      IFNULL(known.played, FALSE) AS in_l1,
      IFNULL(known.is_listed, FALSE) AS is_listed,
      IFNULL(known.is_remembered, FALSE) AS is_remembered,
      IF(known.played, known.first_at, NULL) AS l1_first_at,
      IFNULL(held.is_playable, FALSE) AS is_playable,
      -- A game of which everything that L4 has is contradicted is there and covers nothing.
      held.present_players + held.lost_players > 0 AS is_covered,
      IFNULL(known.played AND known.is_whole AND held.expected_players >= ${witness_players}, FALSE)
        AS is_certain,
      held.* EXCEPT (game_date, game, is_playable)
    FROM held_games AS held
    FULL JOIN (
      SELECT *
      FROM known_games
      WHERE game_date BETWEEN range_start AND range_end
    ) AS known
      ON known.game_date = held.game_date
      -- Without an id and teams it has no name, and is the same game all the same.
      AND IFNULL(known.game, '${field_separator}') = IFNULL(held.game, '${field_separator}')
  ),

  -- A team plays once a date: what is on record of it against somebody else, while both layers have it in
  -- another game, is that game under a wrong name. It keeps rows that L4 has of it, and nothing else.
  games AS (
    SELECT
      * EXCEPT (certain_teams) REPLACE (
        is_remembered AND (
          IFNULL(in_l4, FALSE) OR in_l1 OR is_playable
          OR NOT EXISTS (
            SELECT team
            FROM UNNEST(SPLIT(game, '-')) AS team
            WHERE team IN UNNEST(SPLIT(certain_teams, '-')))) AS is_remembered)
    FROM (
      SELECT
        *,
        IFNULL(STRING_AGG(IF(is_certain, game, NULL), '-') OVER (PARTITION BY game_date), '')
          AS certain_teams
      FROM told_games
    )
  ),

  -- Games by identity: one layer's surplus fills no hole of another.
  layers AS (
    SELECT
      game_date,
      COUNTIF(in_l1) AS l1_games,
      COUNTIF(is_listed AND NOT in_l1) AS postponed_games,
      COUNTIF(in_l3) AS l3_games,
      COUNTIF(is_playable) AS playable_games,
      COUNTIF(in_l4) AS l4_games,
      COUNTIF(in_l1 AND in_l3) AS l3_covered_games,
      COUNTIF(in_l1 AND is_covered) AS covered_games,
      COUNTIF(in_l1 AND is_playable) AS refilled_games,
      COUNTIF(in_l1 AND is_playable AND is_covered) AS reachable_covered_games,
      COUNTIF(in_l4 OR is_remembered) AS known_games,
      COUNTIF(is_playable AND (in_l4 OR is_remembered)) AS kept_games,
      COUNTIF(NOT in_l1 AND (in_l3 OR is_remembered OR lost_players > 0)) AS unconfirmed_games,
      COUNTIF(is_remembered AND NOT in_l1 AND NOT is_playable) AS forgotten_games,
      ARRAY_AGG(IF(is_playable AND in_l4, game, NULL) IGNORE NULLS ORDER BY game) AS sound_games,
      SUM(active_rows) AS active_rows,
      SUM(timed_rows) AS timed_rows,
      SUM(played_rows) AS played_rows,
      SUM(usage_rows) AS usage_rows,
      SUM(expected_players) AS expected_players,
      SUM(present_players) AS present_players,
      SUM(extra_players) AS extra_players,
      SUM(lost_players) AS lost_players,
      SUM(duplicate_rows) AS duplicate_rows,
      SUM(old_version_rows) AS old_version_rows,
      STRING_AGG(missing_names, ', ') AS missing_names,
      STRING_AGG(
        IF(
          lost_players > 0 OR is_remembered AND NOT in_l1 AND NOT is_playable,
          IF(is_playable, CONCAT(game, ' without ', lost_names), game),
          NULL),
        '; ' ORDER BY game LIMIT 20) AS lost_sample,
      STRING_AGG(removable, '${row_separator}' ORDER BY game) AS removable,
      MIN(l1_first_at) AS l1_first_at,
      MIN(l3_first_at) AS l3_first_at
    FROM games
    GROUP BY game_date
  ),

  -- A run that recomputed a date and found it equal did not rewrite it; the ledger says when.
  verified AS (
    SELECT game_date, MAX(read_at) AS read_at
    FROM `${ops_dataset}.outcomes`
    WHERE status = 'UNCHANGED' AND ${of_default_table} AND game_date BETWEEN range_start AND range_end
    GROUP BY game_date
  ),

  computed AS (
    SELECT
      stored.game_date,
      IF(verified.read_at > stored.last_at, verified.read_at, stored.first_at) AS computed_at
    FROM (
      SELECT game_date, MIN(processed_at) AS first_at, MAX(processed_at) AS last_at
      FROM `${target_table}`
      WHERE game_date BETWEEN range_start AND range_end
      GROUP BY game_date
    ) AS stored
    LEFT JOIN verified
      ON verified.game_date = stored.game_date
  ),

  upstream_rows AS (
    SELECT game_date, processed_at FROM `${player_table}`
    WHERE game_date BETWEEN DATE_SUB(range_start, INTERVAL history_days DAY) AND range_end
    UNION ALL
    SELECT game_date, processed_at FROM `${defense_table}`
    WHERE game_date BETWEEN DATE_SUB(range_start, INTERVAL history_days DAY) AND range_end
    UNION ALL
    SELECT game_date, processed_at FROM `${offense_table}`
    WHERE game_date BETWEEN DATE_SUB(range_start, INTERVAL history_days DAY) AND range_end
  ),

  upstream AS (
    SELECT game_date, MAX(processed_at) AS changed_at
    FROM upstream_rows
    GROUP BY game_date
  ),

  -- What the windows of a date need of offence and defence, and lack (layers.md section 2).
  inputs AS (
    SELECT
      game_date,
      MIN(input_pct) AS input_pct,
      LOGICAL_AND(is_ready) AS are_ready,
      STRING_AGG(IF(is_ready, NULL, shortfall), '; ' ORDER BY source DESC) AS blocking,
      STRING_AGG(NULLIF(shortfall, ''), '; ' ORDER BY source DESC) AS shortfall,
      ARRAY_AGG(
        STRUCT(source AS source, input_pct AS input_pct, is_ready AS is_ready, all_gaps AS all_gaps)
        ORDER BY source) AS sources
    FROM `${ops_dataset}.input_readiness`(range_start, range_end)
    GROUP BY game_date
  ),

  changes AS (
    SELECT game_date, changed_dates, changed_sample
    FROM `${ops_dataset}.source_changes`(range_start, range_end, history_days)
  ),

  -- Rows whose reading nobody kept are judged by the moments of changes. The cone of a change: all
  -- later dates of the season whose history reaches it. All-Star games are nobody's history.
  staleness AS (
    SELECT
      computed.game_date,
      COUNT(*) AS changed_dates,
      MIN(upstream.changed_at) AS oldest_change_at,
      STRING_AGG(CAST(upstream.game_date AS STRING), ', '
        ORDER BY upstream.game_date LIMIT 5) AS changed_sample
    FROM computed
    JOIN calendar
      ON calendar.game_date = computed.game_date
    JOIN upstream
      ON upstream.game_date BETWEEN
        GREATEST(DATE_SUB(computed.game_date, INTERVAL history_days DAY), calendar.opener)
        AND computed.game_date
      AND IFNULL(
        upstream.game_date NOT BETWEEN calendar.all_star_start AND calendar.all_star_end, TRUE)
    WHERE upstream.changed_at > computed.computed_at
    GROUP BY computed.game_date
  ),

  facts AS (
    SELECT
      calendar.game_date,
      calendar.season_year,
      calendar.opener,
      calendar.all_star_start,
      calendar.all_star_end,
      IFNULL(layers.l1_games, 0) AS l1_games,
      IFNULL(layers.postponed_games, 0) AS postponed_games,
      IFNULL(layers.l3_games, 0) AS l3_games,
      IFNULL(layers.playable_games, 0) AS playable_games,
      IFNULL(layers.l4_games, 0) AS l4_games,
      IFNULL(layers.l3_covered_games, 0) AS l3_covered_games,
      IFNULL(layers.covered_games, 0) AS covered_games,
      IFNULL(layers.refilled_games, 0) AS refilled_games,
      IFNULL(layers.reachable_covered_games, 0) AS reachable_covered_games,
      GREATEST(IFNULL(layers.known_games, 0), IFNULL(memory.unnamed_games, 0)) AS known_games,
      IFNULL(layers.kept_games, 0) AS kept_games,
      GREATEST(IFNULL(layers.unconfirmed_games, 0), IFNULL(memory.unnamed_games, 0))
        AS missed_games,
      IFNULL(layers.active_rows, 0) AS active_rows,
      IFNULL(layers.timed_rows, 0) AS timed_rows,
      IFNULL(layers.played_rows, 0) AS played_rows,
      IFNULL(layers.usage_rows, 0) AS usage_rows,
      IFNULL(layers.expected_players, 0) AS expected_players,
      IFNULL(layers.present_players, 0) AS present_players,
      IFNULL(layers.expected_players - layers.present_players, 0) AS missing_players,
      IFNULL(layers.extra_players, 0) AS extra_players,
      IFNULL(layers.lost_players, 0) AS lost_players,
      IFNULL(layers.forgotten_games, 0)
        + IF(IFNULL(layers.l1_games + layers.playable_games, 0) = 0, IFNULL(memory.unnamed_games, 0), 0)
        AS forgotten_games,
      IFNULL(layers.duplicate_rows, 0) AS duplicate_rows,
      IFNULL(layers.old_version_rows, 0) AS old_version_rows,
      DIV(1000 * layers.present_players, NULLIF(layers.expected_players, 0)) / 10 AS present_pct,
      IFNULL(layers.lost_sample, 'games that an earlier system counted') AS lost_sample,
      layers.missing_names,
      layers.removable,
      layers.sound_games,
      COALESCE(changes.changed_dates, staleness.changed_dates, 0) AS changed_dates,
      COALESCE(changes.changed_sample, staleness.changed_sample, '') AS changed_sample,
      changes.game_date IS NOT NULL AS has_reading,
      IFNULL(inputs.are_ready, TRUE) AS inputs_are_ready,
      inputs.input_pct,
      inputs.blocking,
      IFNULL(inputs.shortfall, '') AS input_shortfall,
      inputs.sources AS input_sources,
      layers.l1_first_at,
      layers.l3_first_at,
      upstream.changed_at AS l3_changed_at,
      computed.computed_at AS l4_computed_at,
      IF(changes.game_date IS NULL, staleness.oldest_change_at, NULL) AS oldest_change_at
    FROM calendar
    LEFT JOIN layers ON layers.game_date = calendar.game_date
    LEFT JOIN memory ON memory.game_date = calendar.game_date
    LEFT JOIN upstream ON upstream.game_date = calendar.game_date
    LEFT JOIN computed ON computed.game_date = calendar.game_date
    LEFT JOIN inputs ON inputs.game_date = calendar.game_date
    LEFT JOIN changes ON changes.game_date = calendar.game_date
    LEFT JOIN staleness ON staleness.game_date = calendar.game_date
  ),

  -- The rules in the order in which they are asked. The first that does not hold gives the state.
  ladder AS (
    SELECT
      *,
      [
        STRUCT(
          'there are games' AS name,
          FORMAT('L1 %d, L3 %d', l1_games, l3_games) AS figure,
          l1_games + l3_games > 0 AS holds,
          CASE
            WHEN known_games = 0 THEN 'NO_GAMES'
            WHEN lost_players + forgotten_games > 0 THEN 'BLOCKED_SHRUNK'
            ELSE 'OVERCOUNT'
          END AS state),
        STRUCT(
          'season has begun' AS name,
          IFNULL(CONCAT('opener ', CAST(opener AS STRING)), 'opener unknown') AS figure,
          IFNULL(game_date >= opener, TRUE) AS holds,
          'EXEMPT_PRESEASON' AS state),
        STRUCT(
          FORMAT('after the first %d days', first_days) AS name,
          FORMAT('day %d', IFNULL(DATE_DIFF(game_date, opener, DAY), 0)) AS figure,
          IFNULL(game_date >= DATE_ADD(opener, INTERVAL first_days DAY), TRUE) AS holds,
          'EXEMPT_BOOTSTRAP' AS state),
        STRUCT(
          'no All-Star date' AS name,
          IFNULL(
            CONCAT('break ', CAST(all_star_start AS STRING), ' … ', CAST(all_star_end AS STRING)),
            'no break known') AS figure,
          IFNULL(game_date NOT BETWEEN all_star_start AND all_star_end, TRUE) AS holds,
          'EXEMPT_ALL_STAR' AS state),
        STRUCT(
          'L3 has games' AS name,
          CAST(l3_games AS STRING) AS figure,
          l3_games > 0 AS holds,
          IF(lost_players + forgotten_games > 0, 'BLOCKED_SHRUNK', 'BLOCKED_UPSTREAM') AS state),
        STRUCT(
          '≥ ${l3_quality_pct} % of active rows have minutes' AS name,
          FORMAT('%d of %d', timed_rows, active_rows) AS figure,
          played_rows > 0 AND timed_rows * 100 >= active_rows * ${l3_quality_pct} AS holds,
          'BLOCKED_QUALITY' AS state),
        STRUCT(
          '≥ ${l3_quality_pct} % of played rows have usage' AS name,
          FORMAT('%d of %d', usage_rows, played_rows) AS figure,
          usage_rows * 100 >= played_rows * ${l3_quality_pct} AS holds,
          'BLOCKED_QUALITY' AS state),
        STRUCT(
          'every row of L4 stays, or something contradicts it' AS name,
          FORMAT(
            'L3 has %d of %d games known to L4 and the ledger, %d rows would go without proof',
            kept_games, known_games, lost_players) AS figure,
          lost_players + forgotten_games = 0 AS holds,
          'BLOCKED_SHRUNK' AS state),
        STRUCT(
          '≥ ${minimum_pct} % of the team-games behind it have offence and defence' AS name,
          IFNULL(FORMAT('%.1f %%', FLOOR(input_pct * 10) / 10), 'none needed') AS figure,
          inputs_are_ready AS holds,
          'BLOCKED_UPSTREAM' AS state),
        STRUCT(
          'L4 has rows' AS name,
          FORMAT('%d games', l4_games) AS figure,
          l4_games > 0 AS holds,
          'MISSING' AS state),
        STRUCT(
          'every player who played is there' AS name,
          FORMAT('%d of %d', present_players, expected_players) AS figure,
          missing_players = 0 AS holds,
          'PARTIAL' AS state),
        STRUCT(
          'nobody else, nobody twice' AS name,
          FORMAT('%d not in L3, %d duplicates', extra_players, duplicate_rows) AS figure,
          extra_players + duplicate_rows = 0 AS holds,
          'OVERCOUNT' AS state),
        -- Last, because it waits for a request: what is filled unasked must not hide behind it.
        STRUCT(
          'current calculation version' AS name,
          FORMAT('%d rows of another', old_version_rows) AS figure,
          old_version_rows = 0 AS holds,
          'STALE' AS state),
        STRUCT(
          'no fact behind it changed since' AS name,
          FORMAT('%d dates changed after %s',
            changed_dates, IFNULL(FORMAT_TIMESTAMP('%F %T', l4_computed_at), 'never')) AS figure,
          changed_dates = 0 AS holds,
          'STALE' AS state)
      ] AS rules
    FROM facts
  ),

  states AS (
    SELECT
      *,
      IF(
        -- A season that the calendar does not know is a failed check, never "no gap".
        opener IS NULL AND l1_games + postponed_games + l3_games + known_games > 0,
        ERROR(FORMAT(
          'UNKNOWN: the calendar has no season %d, needed for %s',
          season_year, CAST(game_date AS STRING))),
        IFNULL(
          (
            SELECT broken.state
            FROM UNNEST(rules) AS broken WITH OFFSET AS place
            WHERE NOT broken.holds
            ORDER BY place
            LIMIT 1
          ),
          'COMPLETE')
      ) AS state,
      -- The names come game by game.
      (
        SELECT STRING_AGG(name, ', ' ORDER BY name)
        FROM UNNEST(SPLIT(missing_names, ', ')) AS name
      ) AS sorted_names
    FROM ladder
  ),

  explained AS (
    SELECT
      *,
      CASE state
        WHEN 'NO_GAMES' THEN CASE
          WHEN postponed_games > 0 THEN
            FORMAT('no game was played: L1 lists %d without minutes, postponed or still to come',
              postponed_games)
          -- That nothing is there says nothing of it.
          WHEN game_date >= ${league_today} THEN
            'the date is not over (${zone}): no games in L1 or L3 yet'
          ELSE 'no games in L1 or L3'
        END
        ${exempt_reasons}
        WHEN 'BLOCKED_UPSTREAM' THEN
          IF(l3_games = 0, FORMAT('L1 has %d games, L3 has none', l1_games), blocking)
        WHEN 'BLOCKED_SHRUNK' THEN FORMAT(
          'L3 has %d of the %d games that L4 and the ledger know, %d rows of L4 would go; lost: %s',
          kept_games, known_games, lost_players, lost_sample)
        WHEN 'BLOCKED_QUALITY' THEN FORMAT(
          'L3 is thin: %d of %d active rows have minutes, %d of %d played rows have usage',
          timed_rows, active_rows, usage_rows, played_rows)
        WHEN 'MISSING' THEN FORMAT('L4 has no row, L3 has %d players', expected_players)
        WHEN 'PARTIAL' THEN FORMAT(
          'L4 has %d of %d players (%.1f %%); missing: %s%s',
          present_players, expected_players, present_pct,
          REGEXP_EXTRACT(sorted_names, r'(?s)^((?:.*?, ){0,9}.*?)(?:, |$)'),
          IF(missing_players > 10, FORMAT(' and %d more', missing_players - 10), ''))
        WHEN 'OVERCOUNT' THEN FORMAT(
          'L4 has %d rows that L3 does not have and %d duplicates', extra_players, duplicate_rows)
        WHEN 'STALE' THEN IF(
          changed_dates > 0,
          FORMAT(
            '%s on %d dates: %s',
            IF(has_reading, 'L3 is not what L4 was computed from',
              'L3 changed after L4 was computed'),
            changed_dates, changed_sample),
          FORMAT('%d rows carry another calculation_version', old_version_rows))
        ELSE FORMAT('all %d players present', expected_players)
      END AS reason,
      CASE state
        WHEN 'BLOCKED_UPSTREAM' THEN IF(l3_games = 0, l1_first_at, l3_first_at)
        WHEN 'BLOCKED_SHRUNK' THEN COALESCE(l4_computed_at, l1_first_at, l3_first_at)
        WHEN 'BLOCKED_QUALITY' THEN l3_first_at
        WHEN 'MISSING' THEN l3_first_at
        WHEN 'PARTIAL' THEN l3_first_at
        WHEN 'OVERCOUNT' THEN l4_computed_at
        WHEN 'STALE' THEN IFNULL(oldest_change_at, l4_computed_at)
      END AS gap_since,
      state IN (${reachable_states}) AS is_reachable,
      state IN (${exhibition_states}) AS is_exhibition
    FROM states
  ),

  -- Games that L1 does not confirm are due where it has none at all, and where games were lost.
  counted AS (
    SELECT
      *,
      IF(
        NOT is_exhibition AND (l1_games = 0 OR state = 'BLOCKED_SHRUNK'), missed_games, 0
      ) AS unconfirmed_games
    FROM explained
  )

SELECT
  game_date,
  season_year,
  state,
  reason,
  is_reachable,
  is_exhibition,
  -- The headline: games that are due, those of them that L4 has, and those that it has at best before
  -- upstream is repaired. A date that L3 can feed is replaced whole, any other stays as it is.
  l1_games + unconfirmed_games AS due_games,
  covered_games,
  IF(is_reachable, refilled_games, covered_games) AS attainable_games,
  -- What L4 has of them when the date is replaced, whatever its state.
  refilled_games,
  l1_games,
  postponed_games,
  l3_games,
  playable_games,
  l4_games,
  l3_covered_games,
  IF(is_reachable, refilled_games, 0) AS reachable_games,
  IF(is_reachable, reachable_covered_games, 0) AS reachable_covered_games,
  unconfirmed_games,
  active_rows,
  timed_rows,
  played_rows,
  usage_rows,
  expected_players,
  present_players,
  missing_players,
  -- Every missing player by name; NULL unless the date is PARTIAL.
  IF(state = 'PARTIAL', sorted_names, NULL) AS missing_names,
  present_pct,
  extra_players,
  lost_players,
  forgotten_games,
  known_games,
  kept_games,
  duplicate_rows,
  old_version_rows,
  changed_dates,
  -- The least share of team-games that the windows have, in per cent, and what lacks; empty if nothing.
  input_pct,
  input_shortfall,
  -- The same of each table of the input, with every date that lacks.
  input_sources,
  l3_changed_at,
  l4_computed_at,
  gap_since,
  DATE_DIFF(CURRENT_DATE(), DATE(gap_since), DAY) AS age_days,
  -- What a plan keeps of the date: its games, and the keys of L4 that may go (player, then ids).
  sound_games,
  SPLIT(removable, '${row_separator}') AS removable_rows,
  rules
FROM counted
