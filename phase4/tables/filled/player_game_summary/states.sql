-- The states of the dates as a plan reads them.
SELECT *
FROM `${ops_dataset}.player_game_summary_status`(${range_start}, ${range_end})
