-- The last snapshots over one date, and their failed checks that name it.
SELECT
  snapshot_at,
  kind,
  trigger,
  run_id,
  start_date,
  end_date,
  verdict,
  coverage_pct,
  due_games,
  ARRAY_TO_STRING(ARRAY(
    SELECT ${check_label}
    FROM UNNEST(checks) AS checked WITH OFFSET AS place
    WHERE checked.outcome = 'failed' AND STRPOS(checked.detail, FORMAT_DATE('%F', @game_date)) > 0
    ORDER BY place
  ), ', ') AS naming_checks
FROM `${ops_dataset}.coverage_snapshots`
WHERE
  @game_date BETWEEN start_date AND end_date
  -- A run that was given other dates by name has looked at those alone.
  AND (
    kind = 'range'
    OR run_id IN (SELECT run_id FROM `${ops_dataset}.plan` WHERE game_date = @game_date)
    OR run_id NOT IN (SELECT run_id FROM `${ops_dataset}.plan`)
  )
ORDER BY snapshot_at DESC
LIMIT 5
