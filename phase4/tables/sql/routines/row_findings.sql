-- The rows of every check that holds the stored rows to themselves and to the ledger, and asks of no date its
-- state: what is asked beside date_figures, at the same time. judged_kind: checkpoint, wave, run or range.
${row_checks}
SELECT check_name, subject, figure, detail, to_mend
FROM findings;
