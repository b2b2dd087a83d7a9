-- What each player's own games say as of a date (domain.md section 3). A form holds the figures after
-- the games of its date; a game on D reads the latest form strictly before D, of the same season.

-- Everybody who was on the court as far as L3 says anything about it.
CREATE TEMP TABLE appearances AS
SELECT
  *,
  is_active AND has_minutes AND contradiction IS NULL AND conflict IS NULL
    AND player_lookup IS NOT NULL AND game_id IS NOT NULL AS is_played
FROM player_games
WHERE
  is_active AND (has_minutes OR contains(poison, 'minutes_played='))
  OR contradiction IS NOT NULL
  OR missing IS NOT NULL;

-- Minutes that cannot be read, or that points contradict, do not make a player absent. Minutes that
-- L3 has not got do, as domain.md has it: it is no played row.
CREATE TEMP VIEW took_part AS
SELECT * FROM appearances WHERE missing IS NULL OR contains(poison, 'minutes_played=');

CREATE TEMP TABLE played AS
SELECT
  player_lookup, universal_player_id, game_date, game_id, game, team_abbr, opponent_team_abbr,
  minutes, usage, points, paint_attempts, mid_range_attempts, three_pt_attempts, counts,
  poison IS NULL AND game_date IN (SELECT game_date FROM requested) AS is_target
FROM appearances
WHERE is_played;

CREATE TEMP VIEW targets AS
SELECT player_lookup, universal_player_id, game_date, game_id, game, team_abbr, opponent_team_abbr
FROM played
WHERE is_target;

-- Games before a date of which nobody can say whether, or how long, the player played: his load of 14
-- days is then unknown, and his rest, however long ago it was, when he is not known to have played since.
CREATE TEMP TABLE unclear_load AS
SELECT
  targets.player_lookup, targets.game_date,
  count(*) FILTER (before.game_date > targets.game_date - 14) AS unclear_games,
  max(before.game_date) AS newest
FROM targets
JOIN appearances AS before
  ON before.player_lookup = targets.player_lookup
  AND before.game_date < targets.game_date
WHERE
  before.counts
  AND (before.contradiction IS NOT NULL OR before.conflict IS NOT NULL
    OR before.is_played AND before.minutes IS NULL)
GROUP BY targets.player_lookup, targets.game_date;

CREATE TEMP TABLE player_load AS
WITH
  player_days AS (
    SELECT
      player_lookup, game_date, counts,
      game_date - DATE '1970-01-01' AS day,
      count(*) AS games,
      count(minutes) AS timed_games,
      sum(minutes) AS minutes,
      bool_or(usage IS NOT NULL) AS has_usage,
      bool_or(paint_attempts IS NOT NULL AND mid_range_attempts IS NOT NULL) AS has_zones
    FROM played
    GROUP BY player_lookup, game_date, counts
  ),

  windowed AS (
    SELECT
      player_lookup, game_date, day, counts,
      max(game_date) FILTER (counts) OVER earlier AS last_played,
      max(game_date) FILTER (counts AND has_usage) OVER earlier AS usage_as_of,
      max(game_date) FILTER (counts AND has_zones) OVER earlier AS zones_as_of,
      coalesce(sum(games) FILTER (counts) OVER earlier, 0) AS season_games,
      coalesce(sum(games) FILTER (counts) OVER week, 0) AS week_games,
      coalesce(sum(timed_games) FILTER (counts) OVER week, 0) AS week_timed_games,
      coalesce(sum(minutes) FILTER (counts) OVER week, 0) AS week_minutes
    FROM player_days
    WINDOW
      days AS (PARTITION BY player_lookup ORDER BY day),
      earlier AS (days ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      week AS (days RANGE BETWEEN 6 PRECEDING AND 1 PRECEDING)
  )

SELECT
  player_lookup, game_date, season_games, usage_as_of, zones_as_of, last_played,
  game_date - last_played - 1 AS days_rest,
  coalesce(last_played = game_date - 1, FALSE) AS back_to_back,
  week_games AS games_in_last_7_days,
  CAST(week_minutes AS DOUBLE) AS minutes_in_last_7_days,
  CAST(week_minutes AS DOUBLE) / nullif(week_timed_games, 0) AS avg_minutes_per_game_last_7,
  -- Both dates of a pair lie after D-14, so the later one lies after D-13.
  count(*) FILTER (counts AND last_played = game_date - 1) OVER (
    PARTITION BY player_lookup ORDER BY day RANGE BETWEEN 12 PRECEDING AND 1 PRECEDING
  ) AS back_to_backs_last_14_days
FROM windowed
QUALIFY game_date IN (SELECT game_date FROM requested);

-- From when on a player_lookup stands for more than one person.
CREATE TEMP TABLE shared_names AS
WITH people AS (
  SELECT player_lookup, universal_player_id, min(game_date) AS since
  FROM played
  WHERE universal_player_id IS NOT NULL
  GROUP BY player_lookup, universal_player_id
)
SELECT player_lookup, list_sort(list(since))[2] AS shared_since
FROM people
GROUP BY player_lookup
HAVING count(*) > 1;

-- From when on a person stands under more than one player_lookup: his history is that of one of them.
CREATE TEMP TABLE shared_people AS
WITH names AS (
  SELECT universal_player_id, player_lookup, min(game_date) AS since
  FROM played
  WHERE universal_player_id IS NOT NULL
  GROUP BY universal_player_id, player_lookup
)
SELECT universal_player_id, list_sort(list(since))[2] AS shared_since
FROM names
GROUP BY universal_player_id
HAVING count(*) > 1;

CREATE TEMP TABLE usage_form AS
SELECT
  player_lookup, game_date,
  CAST(sum(usage) OVER last_7 AS DOUBLE) / count(*) OVER last_7 AS avg_usage_rate_last_7_games,
  CASE WHEN count(*) OVER last_3 = 3 THEN CAST(sum(usage) OVER last_3 AS DOUBLE) / 3 END
    AS projected_usage_rate
FROM played
WHERE counts AND usage IS NOT NULL
WINDOW
  games AS (PARTITION BY player_lookup ORDER BY game_date, game_id),
  last_7 AS (games ROWS BETWEEN 6 PRECEDING AND CURRENT ROW),
  last_3 AS (games ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
QUALIFY lead(game_date) OVER games IS DISTINCT FROM game_date;

CREATE TEMP TABLE zone_form AS
WITH
  sums AS (
    SELECT
      player_lookup, game_date,
      count(*) OVER last_10 AS games,
      sum(paint_attempts) OVER last_10 AS paint,
      sum(mid_range_attempts) OVER last_10 AS mid_range,
      coalesce(sum(three_pt_attempts) OVER last_10, 0) AS three_pt
    FROM played
    WHERE counts AND paint_attempts IS NOT NULL AND mid_range_attempts IS NOT NULL
    WINDOW
      games AS (PARTITION BY player_lookup ORDER BY game_date, game_id),
      last_10 AS (games ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)
    QUALIFY lead(game_date) OVER games IS DISTINCT FROM game_date
  ),

  rates AS (
    SELECT
      player_lookup, game_date, games,
      games >= 5 AND paint + mid_range + three_pt > 0 AS has_shot_zone,
      100.0 * paint / (paint + mid_range + three_pt) AS paint_rate,
      100.0 * mid_range / (paint + mid_range + three_pt) AS mid_range_rate,
      100.0 * three_pt / (paint + mid_range + three_pt) AS three_pt_rate
    FROM sums
  )

SELECT
  player_lookup, game_date, has_shot_zone,
  games AS zone_games,
  CASE WHEN has_shot_zone THEN paint_rate END AS paint_rate_last_10,
  CASE WHEN has_shot_zone THEN mid_range_rate END AS mid_range_rate_last_10,
  CASE WHEN has_shot_zone THEN three_pt_rate END AS three_pt_rate_last_10,
  CASE
    WHEN NOT has_shot_zone THEN NULL
    WHEN paint_rate >= 40 THEN 'paint'
    WHEN three_pt_rate >= 40 THEN 'perimeter'
    WHEN mid_range_rate >= 35 THEN 'mid_range'
    ELSE 'balanced'
  END AS primary_scoring_zone
FROM rates;
