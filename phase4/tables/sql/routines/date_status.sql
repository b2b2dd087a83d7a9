-- The state of every date of a range, with the documented reach of a change behind a date.
SELECT *
FROM `${ops_dataset}.date_status_within`(
  range_start, range_end, ${stale_history_days}, ${bootstrap_days})
