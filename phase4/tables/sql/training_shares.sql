-- Of each season and feature of the training set: in how many rows it is real, defaulted, absent.
SELECT
  season_year,
  one.feature,
  COUNT(*) AS total,
  COUNTIF(one.state = 'real') AS real,
  COUNTIF(one.state = 'defaulted') AS defaulted,
  COUNTIF(one.state = 'absent') AS absent
FROM (
${training_set}
)
CROSS JOIN UNNEST([
  ${training_states}
]) AS one
GROUP BY season_year, one.feature
