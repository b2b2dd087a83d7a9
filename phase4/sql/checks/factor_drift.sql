-- Population stability index of each factor: the newest season of the range against the pinned good
-- season at the same days since the opener, over 20 equal bins of the factor's range.
WITH
  good_scores AS (
    SELECT one.factor, one.score, one.low, one.high
    FROM `${target_table}` AS good_rows
    CROSS JOIN reference
    CROSS JOIN UNNEST([
      ${active_scores}
    ]) AS one
    WHERE
      good_rows.game_date BETWEEN reference.first_date AND reference.last_date
      AND good_rows.game_date
        BETWEEN DATE '${drift_reference_start}' AND DATE '${drift_reference_end}'
  ),

  compared AS (
    SELECT factor, score, low, high, TRUE AS is_now
    FROM scores
    WHERE season_year = (SELECT season_year FROM phase)
    UNION ALL
    SELECT factor, score, low, high, FALSE AS is_now
    FROM good_scores
  ),

  moments AS (
    SELECT
      factor,
      COUNTIF(is_now) AS now_rows,
      COUNTIF(NOT is_now) AS good_rows,
      AVG(IF(is_now, score, NULL)) AS now_mean,
      AVG(IF(is_now, NULL, score)) AS good_mean,
      STDDEV_POP(IF(is_now, score, NULL)) AS now_spread,
      STDDEV_POP(IF(is_now, NULL, score)) AS good_spread
    FROM compared
    WHERE score IS NOT NULL
    GROUP BY factor
  ),

  bins AS (
    SELECT
      factor,
      LEAST(CAST(FLOOR((score - low) / (high - low) * 20) AS INT64), 19) AS bin,
      COUNTIF(is_now) AS now_scores,
      COUNTIF(NOT is_now) AS good_scores
    FROM compared
    WHERE score IS NOT NULL
    GROUP BY factor, bin
  ),

  -- An empty bin counts as one score in ten thousand: the logarithm needs a share.
  shares AS (
    SELECT
      bins.factor,
      GREATEST(SAFE_DIVIDE(bins.now_scores, moments.now_rows), 0.0001) AS now_share,
      GREATEST(SAFE_DIVIDE(bins.good_scores, moments.good_rows), 0.0001) AS good_share
    FROM bins
    JOIN moments
      ON moments.factor = bins.factor
  ),

  stability AS (
    SELECT factor, SUM((now_share - good_share) * LN(now_share / good_share)) AS psi
    FROM shares
    GROUP BY factor
  )

SELECT
  factors.factor AS subject,
  IF(
    moments.now_rows >= ${drift_minimum_rows} AND moments.good_rows >= ${drift_minimum_rows},
    stability.psi,
    NULL) AS figure,
  IF(
    moments.now_rows >= ${drift_minimum_rows} AND moments.good_rows >= ${drift_minimum_rows},
    FORMAT('mean %.2f (reference %.2f), standard deviation %.2f (reference %.2f), %d and %d rows',
      moments.now_mean, moments.good_mean, moments.now_spread, moments.good_spread,
      moments.now_rows, moments.good_rows),
    FORMAT('no reference: %d rows, %d at this phase of season ${drift_reference_season}; '
      || '${drift_minimum_rows} needed of each',
      IFNULL(moments.now_rows, 0), IFNULL(moments.good_rows, 0))) AS detail
FROM factors
LEFT JOIN moments
  ON moments.factor = factors.factor
LEFT JOIN stability
  ON stability.factor = factors.factor
