-- The rows of every check that reads the rows of the layers, and of no date its state: what is asked beside
-- date_figures, at the same time. judged_kind: checkpoint, wave, run or range.
${row_checks}
SELECT check_name, subject, figure, detail, to_mend
FROM findings;
