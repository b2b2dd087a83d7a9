-- The snapshot of one event as one row: how many there are (0 while the validator is at work) and
-- its main figures as JSON text.
SELECT
  COUNT(*) AS snapshots,
  ANY_VALUE(TO_JSON_STRING(STRUCT(
    event_id,
    verdict,
    ARRAY_TO_STRING(failed_criteria, ', ') AS failed_criteria,
    coverage_pct,
    eligible_pct,
    reachable_pct,
    ceiling_pct,
    date_coverage_pct,
    l3_coverage_pct,
    due_games,
    l1_games,
    l3_games,
    l4_games,
    covered_games,
    attainable_games,
    l1_dates,
    l4_dates,
    covered_dates,
    planned_dates,
    succeeded_dates,
    run_failed_dates,
    previous_coverage_pct,
    ml_ready,
    ARRAY(
      SELECT ${check_label}
      FROM UNNEST(checks) AS checked WITH OFFSET AS place
      WHERE checked.outcome = 'failed' AND checked.severity != 'info'
      ORDER BY place
    ) AS failed_checks,
    -- What stops a run after the wave that this snapshot is of.
    ARRAY_TO_STRING(ARRAY(
      SELECT CONCAT(${check_label}, ' (', checked.detail, ')')
      FROM UNNEST(checks) AS checked
      WHERE checked.outcome = 'failed' AND checked.severity = 'error'
      ORDER BY checked.name, checked.subject
      LIMIT 5
    ), '; ') AS errors,
    ARRAY(
      SELECT AS STRUCT loss.reason, loss.games, loss.dates, loss.l3_games
      FROM UNNEST(losses) AS loss WITH OFFSET AS place
      ORDER BY place
    ) AS losses
  ))) AS snapshot
FROM `${ops_dataset}.coverage_snapshots`
WHERE
  snapshot_date >= DATE_SUB(CURRENT_DATE(), INTERVAL ${snapshot_lookback_days} DAY)
  AND event_id = wanted_event;
