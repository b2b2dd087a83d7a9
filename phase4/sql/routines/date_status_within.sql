-- The state of every date of a range (domain.md section 6). Planner, validator and command line read
-- date states from here and from nowhere else. One row per date, whether games were played or not.
-- history_days: how far behind a date a changed L3 row makes that date stale.
WITH
  days AS (
    SELECT
      game_date,
      EXTRACT(YEAR FROM game_date) - IF(EXTRACT(MONTH FROM game_date) >= 10, 0, 1) AS season_year
    FROM UNNEST(GENERATE_DATE_ARRAY(range_start, range_end)) AS game_date
  ),

  calendar AS (
    SELECT
      days.game_date,
      days.season_year,
      seasons.opener,
      seasons.all_star_start,
      seasons.all_star_end,
      CASE
        WHEN days.game_date < seasons.opener THEN 'EXEMPT_PRESEASON'
        WHEN days.game_date < DATE_ADD(seasons.opener, INTERVAL ${bootstrap_days} DAY)
          THEN 'EXEMPT_BOOTSTRAP'
        WHEN days.game_date BETWEEN seasons.all_star_start AND seasons.all_star_end
          THEN 'EXEMPT_ALL_STAR'
      END AS exemption
    FROM days
    LEFT JOIN `${seasons}` AS seasons
      ON seasons.season_year = days.season_year
  ),

  l1 AS (
    SELECT
      game_date,
      COUNT(DISTINCT game_id) AS games,
      MIN(processed_at) AS first_at
    FROM `${raw_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date
  ),

  player_rows AS (
    SELECT
      game_date,
      game_id,
      player_lookup,
      processed_at,
      IFNULL(is_active, FALSE) OR ${contradictory_player} AS active,
      minutes_played IS NOT NULL AND NOT ${contradictory_player} AS timed,
      IFNULL(is_active AND minutes_played > 0, FALSE) AS played,
      IFNULL(usage_rate BETWEEN 0 AND 100, FALSE) AS has_usage
    FROM `${player_table}`
    WHERE game_date BETWEEN range_start AND range_end
  ),

  l3 AS (
    SELECT
      game_date,
      COUNT(DISTINCT game_id) AS games,
      COUNT(DISTINCT IF(played, game_id, NULL)) AS playable_games,
      COUNTIF(active) AS active_rows,
      COUNTIF(active AND timed) AS timed_rows,
      COUNTIF(played) AS played_rows,
      COUNTIF(played AND has_usage) AS usage_rows,
      MIN(processed_at) AS first_at
    FROM player_rows
    GROUP BY game_date
  ),

  expected AS (
    SELECT DISTINCT game_date, game_id, player_lookup
    FROM player_rows
    WHERE played
  ),

  factor_rows AS (
    SELECT
      game_date,
      game_id,
      player_lookup,
      COUNT(*) AS copies,
      COUNTIF(IFNULL(calculation_version, '') != '${calculation_version}') AS old_version_rows,
      MIN(processed_at) AS first_computed_at,
      MAX(processed_at) AS last_computed_at
    FROM `${target_table}`
    WHERE game_date BETWEEN range_start AND range_end
    GROUP BY game_date, game_id, player_lookup
  ),

  -- Every expected and every present player once, matched by identity.
  identities AS (
    SELECT
      COALESCE(expected.game_date, factor_rows.game_date) AS game_date,
      COALESCE(expected.player_lookup, factor_rows.player_lookup) AS player_lookup,
      factor_rows.game_id AS present_game_id,
      expected.game_id IS NOT NULL AS is_expected,
      factor_rows.game_id IS NOT NULL AS is_present,
      IFNULL(factor_rows.copies, 0) AS copies,
      IFNULL(factor_rows.old_version_rows, 0) AS old_version_rows,
      factor_rows.first_computed_at,
      factor_rows.last_computed_at
    FROM expected
    FULL JOIN factor_rows
      ON factor_rows.game_date = expected.game_date
      AND factor_rows.game_id = expected.game_id
      AND factor_rows.player_lookup = expected.player_lookup
  ),

  l4 AS (
    SELECT
      game_date,
      COUNT(DISTINCT present_game_id) AS games,
      COUNTIF(is_expected) AS expected_players,
      COUNTIF(is_expected AND is_present) AS present_players,
      COUNTIF(is_expected AND NOT is_present) AS missing_players,
      COUNTIF(is_present AND NOT is_expected) AS extra_players,
      SUM(GREATEST(copies - 1, 0)) AS duplicate_rows,
      SUM(old_version_rows) AS old_version_rows,
      MIN(first_computed_at) AS first_computed_at,
      MAX(last_computed_at) AS last_computed_at
    FROM identities
    GROUP BY game_date
  ),

  absent AS (
    SELECT
      game_date,
      STRING_AGG(player_lookup, ', ' ORDER BY player_lookup) AS missing_names,
      STRING_AGG(player_lookup, ', ' ORDER BY player_lookup LIMIT 10) AS missing_sample
    FROM identities
    WHERE is_expected AND NOT is_present
    GROUP BY game_date
  ),

  -- A run that recomputed a date and found it equal did not rewrite it; the ledger says when.
  verified AS (
    SELECT game_date, MAX(read_at) AS read_at
    FROM `${ops_dataset}.outcomes`
    WHERE status = 'UNCHANGED' AND game_date BETWEEN range_start AND range_end
    GROUP BY game_date
  ),

  computed AS (
    SELECT
      l4.game_date,
      IF(verified.read_at > l4.last_computed_at, verified.read_at, l4.first_computed_at) AS computed_at
    FROM l4
    LEFT JOIN verified
      ON verified.game_date = l4.game_date
    WHERE l4.games > 0
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
      calendar.exemption,
      IFNULL(l1.games, 0) AS l1_games,
      IFNULL(l3.games, 0) AS l3_games,
      IFNULL(l3.playable_games, 0) AS playable_games,
      IFNULL(l4.games, 0) AS l4_games,
      IFNULL(l3.active_rows, 0) AS active_rows,
      IFNULL(l3.timed_rows, 0) AS timed_rows,
      IFNULL(l3.played_rows, 0) AS played_rows,
      IFNULL(l3.usage_rows, 0) AS usage_rows,
      IFNULL(l4.expected_players, 0) AS expected_players,
      IFNULL(l4.present_players, 0) AS present_players,
      IFNULL(l4.missing_players, 0) AS missing_players,
      IFNULL(l4.extra_players, 0) AS extra_players,
      IFNULL(l4.duplicate_rows, 0) AS duplicate_rows,
      IFNULL(l4.old_version_rows, 0) AS old_version_rows,
      ROUND(100 * SAFE_DIVIDE(l4.present_players, l4.expected_players), 1) AS present_pct,
      IFNULL(absent.missing_sample, '') AS missing_sample,
      absent.missing_names,
      COALESCE(changes.changed_dates, staleness.changed_dates, 0) AS changed_dates,
      COALESCE(changes.changed_sample, staleness.changed_sample, '') AS changed_sample,
      changes.game_date IS NOT NULL AS has_reading,
      l1.first_at AS l1_first_at,
      l3.first_at AS l3_first_at,
      upstream.changed_at AS l3_changed_at,
      computed.computed_at AS l4_computed_at,
      IF(changes.game_date IS NULL, staleness.oldest_change_at, NULL) AS oldest_change_at
    FROM calendar
    LEFT JOIN l1 ON l1.game_date = calendar.game_date
    LEFT JOIN l3 ON l3.game_date = calendar.game_date
    LEFT JOIN l4 ON l4.game_date = calendar.game_date
    LEFT JOIN absent ON absent.game_date = calendar.game_date
    LEFT JOIN upstream ON upstream.game_date = calendar.game_date
    LEFT JOIN computed ON computed.game_date = calendar.game_date
    LEFT JOIN changes ON changes.game_date = calendar.game_date
    LEFT JOIN staleness ON staleness.game_date = calendar.game_date
  ),

  states AS (
    SELECT
      *,
      CASE
        WHEN l1_games = 0 AND l3_games = 0 AND l4_games = 0 THEN 'NO_GAMES'
        -- A season that the calendar does not know is a failed check, never "no gap".
        WHEN opener IS NULL THEN ERROR(FORMAT(
          'UNKNOWN: the calendar has no season %d, needed for %s',
          season_year, CAST(game_date AS STRING)))
        WHEN l1_games = 0 AND l3_games = 0 THEN 'OVERCOUNT'
        WHEN exemption IS NOT NULL THEN exemption
        WHEN l3_games = 0 THEN 'BLOCKED_UPSTREAM'
        WHEN played_rows = 0
          OR timed_rows * 100 < active_rows * ${l3_quality_pct}
          OR usage_rows * 100 < played_rows * ${l3_quality_pct} THEN 'BLOCKED_QUALITY'
        WHEN l4_games = 0 THEN 'MISSING'
        WHEN missing_players > 0 THEN 'PARTIAL'
        WHEN extra_players > 0 OR duplicate_rows > 0 THEN 'OVERCOUNT'
        WHEN old_version_rows > 0 OR changed_dates > 0 THEN 'STALE'
        ELSE 'COMPLETE'
      END AS state
    FROM facts
  ),

  explained AS (
    SELECT
      *,
      CASE state
        WHEN 'NO_GAMES' THEN 'no games in L1 or L3'
        WHEN 'EXEMPT_PRESEASON' THEN CONCAT(
          'preseason: before the opener ', CAST(opener AS STRING))
        WHEN 'EXEMPT_BOOTSTRAP' THEN FORMAT(
          'bootstrap: day %d of the first ${bootstrap_days}', DATE_DIFF(game_date, opener, DAY))
        WHEN 'EXEMPT_ALL_STAR' THEN 'All-Star break'
        WHEN 'BLOCKED_UPSTREAM' THEN FORMAT('L1 has %d games, L3 has none', l1_games)
        WHEN 'BLOCKED_QUALITY' THEN FORMAT(
          'L3 is thin: %d of %d active rows have minutes, %d of %d played rows have usage',
          timed_rows, active_rows, usage_rows, played_rows)
        WHEN 'MISSING' THEN FORMAT('L4 has no row, L3 has %d players', expected_players)
        WHEN 'PARTIAL' THEN FORMAT(
          'L4 has %d of %d players (%.1f %%); missing: %s%s',
          present_players, expected_players, present_pct, missing_sample,
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
        WHEN 'BLOCKED_UPSTREAM' THEN l1_first_at
        WHEN 'BLOCKED_QUALITY' THEN l3_first_at
        WHEN 'MISSING' THEN l3_first_at
        WHEN 'PARTIAL' THEN l3_first_at
        WHEN 'OVERCOUNT' THEN l4_computed_at
        WHEN 'STALE' THEN IFNULL(oldest_change_at, l4_computed_at)
      END AS gap_since
    FROM states
  )

SELECT
  game_date,
  season_year,
  state,
  reason,
  l1_games,
  l3_games,
  playable_games,
  l4_games,
  active_rows,
  timed_rows,
  played_rows,
  usage_rows,
  expected_players,
  present_players,
  missing_players,
  -- Every missing player by name; NULL unless the date is PARTIAL.
  IF(state = 'PARTIAL', missing_names, NULL) AS missing_names,
  present_pct,
  extra_players,
  duplicate_rows,
  old_version_rows,
  changed_dates,
  l3_changed_at,
  l4_computed_at,
  gap_since,
  DATE_DIFF(CURRENT_DATE(), DATE(gap_since), DAY) AS age_days
FROM explained
