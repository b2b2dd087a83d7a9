-- The windows over the league's games have to be there.
SELECT game_date, state, reason
FROM `${ops_dataset}.league_readiness`(range_start, range_end, first_days)
