-- Scores that are absent or outside the exact clamps of their scoring function.
SELECT
  '' AS subject,
  CAST(IFNULL(SUM(bad_scores), 0) AS FLOAT64) AS figure,
  IFNULL(
    STRING_AGG(
      FORMAT('%s has %d outside %g..%g (%s)', factor, bad_scores, low, high,
        -- FORMAT of a NULL is NULL: a factor whose scores are all absent would not be named.
        IFNULL(FORMAT('%g..%g', lowest, highest), 'absent')),
      '; ' ORDER BY factor),
    '') AS detail,
  IFNULL(STRING_AGG(to_mend, ' '), '') AS to_mend
FROM (
  SELECT
    one.factor,
    one.low,
    one.high,
    COUNT(*) AS bad_scores,
    STRING_AGG(DISTINCT CONCAT('${default_table}:', CAST(game_date AS STRING)), ' ') AS to_mend,
    MIN(one.score) AS lowest,
    MAX(one.score) AS highest
  FROM factor_rows
  CROSS JOIN UNNEST([
    ${all_scores}
  ]) AS one
  WHERE one.score IS NULL OR one.score < one.low OR one.score > one.high
  GROUP BY one.factor, one.low, one.high
)
