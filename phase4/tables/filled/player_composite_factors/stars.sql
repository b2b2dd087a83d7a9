-- Star teammates who do not play: how many, per team and game.

-- From the day after `last_played` to `until` the player is a star of this team.
CREATE TEMP TABLE star_spells AS
WITH totals AS (
  SELECT
    player_lookup, team_abbr, game_date,
    count(*) OVER so_far AS games,
    count(points) OVER so_far AS scored_games,
    count(minutes) OVER so_far AS timed_games,
    sum(points) OVER so_far AS points,
    sum(minutes) OVER so_far AS minutes,
    lead(game_date) OVER games AS next_date
  FROM played
  WHERE counts
  WINDOW
    games AS (PARTITION BY player_lookup ORDER BY game_date, game_id),
    so_far AS (games ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
  player_lookup, team_abbr,
  game_date AS last_played,
  least(coalesce(next_date, game_date + 30), game_date + 30) AS until
FROM totals
WHERE next_date IS DISTINCT FROM game_date
  AND games >= 10
  AND (
    points >= 18 * scored_games
    OR (minutes >= 28 * timed_games AND points >= 12 * scored_games)
  );

CREATE TEMP TABLE stars_out AS
WITH
  team_games AS (
    SELECT DISTINCT game_date, game, team_abbr FROM targets
  ),

  stars AS (
    SELECT team_games.game_date, team_games.game, team_games.team_abbr, star_spells.player_lookup
    FROM team_games
    JOIN star_spells
      ON star_spells.team_abbr = team_games.team_abbr
      AND star_spells.last_played < team_games.game_date
      AND star_spells.until >= team_games.game_date
  )

SELECT stars.game_date, stars.game, stars.team_abbr, count(*) AS star_teammates_out
FROM stars
ANTI JOIN took_part
  ON took_part.game_date = stars.game_date
  AND took_part.game = stars.game
  AND took_part.player_lookup = stars.player_lookup
GROUP BY stars.game_date, stars.game, stars.team_abbr;
