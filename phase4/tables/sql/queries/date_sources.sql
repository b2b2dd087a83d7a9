-- Where the rows of one date in L4 come from.
SELECT
  run_id,
  calculation_version,
  code_version,
  context_source,
  processed_at,
  COUNT(*) AS stored_rows,
  AVG(data_completeness_pct) AS completeness_pct,
  COUNTIF(NOT is_production_ready) AS not_ready_rows,
  COUNTIF(has_warnings) AS warned_rows
FROM `${target_table}`
WHERE game_date = @game_date
GROUP BY run_id, calculation_version, code_version, context_source, processed_at
ORDER BY processed_at, run_id
