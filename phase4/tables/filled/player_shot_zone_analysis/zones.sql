-- The shares over twenty games, as of the date after which they hold. Those over ten games every table
-- shares.
CREATE TEMP TABLE zone_form_20 AS
WITH sums AS (
  SELECT
    player_lookup, game_date,
    count(*) OVER last_20 AS games,
    sum(paint_attempts) OVER last_20 AS paint,
    sum(mid_range_attempts) OVER last_20 AS mid_range,
    coalesce(sum(three_pt_attempts) OVER last_20, 0) AS three_pt
  FROM played
  WHERE counts AND paint_attempts IS NOT NULL AND mid_range_attempts IS NOT NULL
  WINDOW
    games AS (PARTITION BY player_lookup ORDER BY game_date, game_id),
    last_20 AS (games ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
  QUALIFY lead(game_date) OVER games IS DISTINCT FROM game_date
)

SELECT
  player_lookup, game_date, games,
  CASE WHEN is_known THEN 100.0 * paint / attempts END AS paint_rate,
  CASE WHEN is_known THEN 100.0 * mid_range / attempts END AS mid_range_rate,
  CASE WHEN is_known THEN 100.0 * three_pt / attempts END AS three_pt_rate
FROM (
  SELECT *, paint + mid_range + three_pt AS attempts, games >= 5 AND attempts > 0 AS is_known
  FROM sums
);
