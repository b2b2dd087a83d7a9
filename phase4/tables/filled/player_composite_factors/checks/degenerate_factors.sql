-- Share of scores that say nothing: zeros, or all of them when they do not vary. Only the active
-- factors are listed: the deferred ones are constant by design.
SELECT
  factors.factor AS subject,
  IF(
    COUNT(scores.score) < ${degenerate_minimum_rows},
    NULL,
    IF(
      MAX(scores.score) = MIN(scores.score),
      100,
      100 * COUNTIF(scores.score = 0) / COUNT(scores.score))) AS figure,
  IF(
    COUNT(scores.score) < ${degenerate_minimum_rows},
    FORMAT('%d rows, at least ${degenerate_minimum_rows} needed', COUNT(scores.score)),
    FORMAT('%d rows, mean %.2f, standard deviation %.2f, zero in %d',
      COUNT(scores.score), AVG(scores.score), STDDEV_POP(scores.score),
      COUNTIF(scores.score = 0))) AS detail,
  IFNULL(
    STRING_AGG(DISTINCT CONCAT('${default_table}:', CAST(scores.game_date AS STRING)), ' '),
    '') AS to_mend
FROM (SELECT factor FROM UNNEST([${active_names}]) AS factor) AS factors
LEFT JOIN scores
  ON scores.factor = factors.factor
GROUP BY factors.factor
