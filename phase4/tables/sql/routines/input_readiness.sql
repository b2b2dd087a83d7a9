-- For every date of a range with games in L3 that count: of the team-games that its windows need, how
-- many offence and defence have (layers.md section 2). One row per date and table.
${input_readiness}
