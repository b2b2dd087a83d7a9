-- Who wrote the rows of L4 that a training set is made of.
SELECT
  run_id,
  code_version,
  calculation_version,
  COUNT(DISTINCT game_date) AS dates
FROM `${target_table}`${training_moment}
WHERE game_date BETWEEN @start_date AND @end_date
GROUP BY run_id, code_version, calculation_version
ORDER BY run_id, code_version, calculation_version
