-- Notes that a wave has ended, renews the lease of its run and returns what became of the wave's dates; in
-- `done`, as JSON text, what became of the run's so far. `stop` says why no other wave may follow, '' when one may.
UPDATE `${ops_dataset}.runs`
SET
  last_wave = GREATEST(IFNULL(last_wave, 0), this_wave),
  lease_expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL lease_seconds SECOND)
WHERE run_id = this_run AND state = 'RUNNING';

CREATE OR REPLACE TEMP TABLE ended AS
WITH
  fates AS (
    ${fates_of_this_run}
  )

SELECT
  scope,
  fates.game_date,
  fates.status,
  IF(
    fates.status = 'DIED',
    CONCAT('no outcome was recorded, the log of task ', CAST(fates.task AS STRING), ' says why'),
    IFNULL(fates.reason, 'no reason was recorded')) AS reason
FROM fates
CROSS JOIN UNNEST(['wave', 'run']) AS scope
WHERE IF(scope = 'wave', fates.wave = this_wave, fates.wave <= this_wave);

WITH
  causes AS (
    SELECT
      scope,
      reason,
      MIN(game_date) AS first_date,
      COUNT(*) AS dates,
      STRING_AGG(CAST(game_date AS STRING), ', ' ORDER BY game_date LIMIT 20) AS named
    -- A date that failed in several tables is one date.
    FROM (SELECT DISTINCT scope, game_date, reason FROM ended WHERE status IN ('FAILED', 'DIED'))
    GROUP BY scope, reason
  ),

  failures AS (
    SELECT
      scope,
      CONCAT(
        STRING_AGG(
          CONCAT(named, IF(dates > 20, FORMAT(' and %d more', dates - 20), ''), ': ', reason),
          '; ' ORDER BY first_date, reason LIMIT 20),
        IF(COUNT(*) > 20, FORMAT('; and %d more reasons', COUNT(*) - 20), '')) AS failures
    FROM causes
    GROUP BY scope
  ),

  tallies AS (
    SELECT
      scope,
      ${tally},
      MAX(IF(status = 'SKIPPED', reason, NULL)) AS skipped_because
    FROM ended
    GROUP BY scope
  ),

  outcomes AS (
    SELECT tallies.*, IFNULL(failures.failures, '') AS failures
    FROM tallies
    LEFT JOIN failures
      ON failures.scope = tallies.scope
  )

SELECT
  outcome.planned,
  -- A date that died has failed, though nobody lived to say so.
  outcome.failed + outcome.died AS failed,
  outcome.failures,
  CASE
    WHEN outcome.skipped > 0 THEN FORMAT('%d of the %d dates of wave %d were %s',
      outcome.skipped, outcome.planned, this_wave, outcome.skipped_because)
    WHEN breaker.stop != '' THEN breaker.stop
    WHEN outcome.failed + outcome.died > CAST(breaker.max_failure_rate AS FLOAT64) * outcome.planned
      THEN FORMAT('wave %d failed on %d of %d dates, more than max_failure_rate %s',
        this_wave, outcome.failed + outcome.died, outcome.planned, breaker.max_failure_rate)
    ELSE ''
  END AS stop,
  TO_JSON_STRING(STRUCT(
    so_far.published + so_far.unchanged AS succeeded,
    so_far.unchanged AS unchanged,
    so_far.failed AS failed,
    so_far.died AS died,
    so_far.skipped AS skipped,
    so_far.failures AS failures
  )) AS done
FROM outcomes AS outcome
CROSS JOIN outcomes AS so_far
CROSS JOIN `${ops_dataset}.run_breaker`(this_run, this_wave, 0) AS breaker
WHERE outcome.scope = 'wave' AND so_far.scope = 'run';
