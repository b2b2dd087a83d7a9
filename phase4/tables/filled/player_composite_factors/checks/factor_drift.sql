-- Population stability index of each factor: the newest season of the range against the pinned good
-- season at the same days since the opener, over equal bins of the factor's range.
-- Players of one game may share a score (pace), so evidence is counted in different scores per game:
-- with fewer than ${drift_minimum_scores} of them on either side chance alone moves the index.
WITH
  -- The newest season with scores in the range, and how far into the season they reach. Where its first
  -- days are left out, those of the good season are too.
  phase AS (
    SELECT
      scores.season_year,
      MIN(DATE_DIFF(scores.game_date, seasons.opener, DAY)) AS first_day,
      MAX(DATE_DIFF(scores.game_date, seasons.opener, DAY)) AS last_day
    FROM scores
    JOIN `${seasons}` AS seasons
      ON seasons.season_year = scores.season_year
      AND scores.game_date >= seasons.opener
    WHERE scores.season_year = (SELECT MAX(season_year) FROM scores)
    GROUP BY scores.season_year
  ),

  -- The same phase of the pinned good season; empty when the range is that season.
  reference AS (
    SELECT
      DATE_ADD(seasons.opener, INTERVAL phase.first_day DAY) AS first_date,
      DATE_ADD(seasons.opener, INTERVAL phase.last_day DAY) AS last_date
    FROM `${seasons}` AS seasons
    CROSS JOIN phase
    WHERE
      seasons.season_year = ${drift_reference_season}
      AND phase.season_year != ${drift_reference_season}
  ),

  good_scores AS (
    SELECT good_rows.game_id, one.factor, one.score, one.low, one.high
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
    SELECT game_id, factor, score, low, high, TRUE AS is_now
    FROM scores
    WHERE season_year = (SELECT season_year FROM phase)
    UNION ALL
    SELECT game_id, factor, score, low, high, FALSE AS is_now
    FROM good_scores
  ),

  moments AS (
    SELECT
      factor,
      COUNTIF(is_now) AS now_rows,
      COUNTIF(NOT is_now) AS good_rows,
      COUNT(DISTINCT IF(is_now, game_id, NULL)) AS now_games,
      COUNT(DISTINCT IF(is_now, NULL, game_id)) AS good_games,
      COUNT(DISTINCT IF(is_now, NULL, CONCAT(game_id, '|', CAST(score AS STRING))))
        AS good_different,
      AVG(IF(is_now, score, NULL)) AS now_mean,
      AVG(IF(is_now, NULL, score)) AS good_mean,
      STDDEV_POP(IF(is_now, score, NULL)) AS now_spread,
      STDDEV_POP(IF(is_now, NULL, score)) AS good_spread
    FROM compared
    WHERE score IS NOT NULL
    GROUP BY factor
  ),

  -- What the present rows would have of different scores if they were as varied as the reference.
  evidence AS (
    SELECT
      *,
      LEAST(good_different, DIV(now_games * good_different, GREATEST(good_games, 1)))
        AS different_scores
    FROM moments
  ),

  -- Ten bins; twenty for the raw fatigue score, which moves in steps of five.
  bins AS (
    SELECT
      factor,
      FLOOR((LEAST(score, high - 0.001) - low) / (high - low) * IF(high - low > 20, 20, 10)) AS bin,
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
  IF(evidence.different_scores >= ${drift_minimum_scores}, stability.psi, NULL) AS figure,
  IF(
    evidence.different_scores >= ${drift_minimum_scores},
    FORMAT('mean %.2f (reference %.2f), standard deviation %.2f (reference %.2f), %d and %d rows',
      evidence.now_mean, evidence.good_mean, evidence.now_spread, evidence.good_spread,
      evidence.now_rows, evidence.good_rows),
    FORMAT('no reference: %d rows, %d at this phase of season ${drift_reference_season}; '
      || '%d different scores, ${drift_minimum_scores} needed',
      IFNULL(evidence.now_rows, 0), IFNULL(evidence.good_rows, 0),
      IFNULL(evidence.different_scores, 0))) AS detail
FROM (SELECT factor FROM UNNEST([${active_names}]) AS factor) AS factors
LEFT JOIN evidence
  ON evidence.factor = factors.factor
LEFT JOIN stability
  ON stability.factor = factors.factor
