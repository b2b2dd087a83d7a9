-- Every date of a range with its state, its figures, and the rules behind the state.
SELECT * EXCEPT (input_sources)
FROM `${ops_dataset}.date_status`(@start_date, @end_date)
ORDER BY game_date
