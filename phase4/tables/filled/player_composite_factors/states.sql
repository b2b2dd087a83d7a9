-- The states of the dates as a plan reads them.
SELECT
  game_date,
  state,
  reason,
  TRUE AS can_fill,
  is_reachable,
  expected_players AS expected_rows,
  playable_games AS expected_games,
  l1_games,
  l4_games AS present_games,
  due_games,
  covered_games,
  refilled_games,
  attainable_games,
  sound_games AS games,
  removable_rows
FROM `${ops_dataset}.date_status_within`(
  ${range_start}, ${range_end}, ${history_days}, ${first_days})
