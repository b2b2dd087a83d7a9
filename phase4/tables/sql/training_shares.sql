-- Of each season of the training set: in how many rows each feature is real, defaulted, absent.
SELECT
  season_year,
  [
  ${training_counts}
  ] AS features
FROM (
${training_set}
)
GROUP BY season_year
