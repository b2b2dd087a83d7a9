-- The rows of every check of the sources themselves, which no run writes: asked when a run has ended and of
-- ranges, beside date_figures and row_findings. judged_kind: run or range.
${source_checks}
SELECT check_name, subject, figure, detail, to_mend
FROM findings;
