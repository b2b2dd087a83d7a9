-- One row per ${who} and game: the newest, then the one that says most. Rows that are equal in that
-- and differ all the same contradict each other, as do two games of a team on one date: none of their
-- numbers is believed.
CREATE TEMP TABLE ranked AS
SELECT
  *,
  rank() OVER latest AS place,
  count(*) OVER (PARTITION BY game_date, game, ${who}) AS copies,
  md5(CAST(row(${content}) AS VARCHAR)) AS content
FROM ${relation}
WINDOW latest AS (
  PARTITION BY game_date, game, ${who}
  ORDER BY processed_at DESC NULLS LAST, ${filled} DESC
);

INSERT INTO surplus
SELECT
  '${table}', game_date, game, count(*) - count(DISTINCT ${who}),
  list_sort(list(DISTINCT game_id))
FROM ranked
WHERE ${who} IS NOT NULL
GROUP BY game_date, game
HAVING bool_or(copies > 1) OR count(DISTINCT game_id) > 1;

-- One game keeps one id: of those that name date and teams, the one that most rows carry.
CREATE TEMP TABLE kept_ids AS
SELECT game_date, game, game_id
FROM (
  SELECT game_date, game, game_id, count(*) AS id_rows
  FROM ranked
  WHERE game_id IS NOT NULL
  GROUP BY game_date, game, game_id
)
QUALIFY row_number() OVER (
  PARTITION BY game_date, game
  ORDER BY starts_with(game_id, strftime(game_date, '%Y%m%d_')) DESC, id_rows DESC, game_id
) = 1;

CREATE OR REPLACE TEMP TABLE ${relation} AS
WITH
  newest AS (
    SELECT
      *,
      min(content) OVER same != max(content) OVER same AS differs,
      ${elsewhere} AS is_elsewhere
    FROM ranked
    WHERE place = 1 OR ${who} IS NULL
    WINDOW same AS (PARTITION BY game_date, game, ${who})
  )
SELECT
  newest.* EXCLUDE (place, copies, content, differs, is_elsewhere) REPLACE (
    ${absent_numbers},
    coalesce(kept_ids.game_id, newest.game_id) AS game_id,
    nullif(concat_ws('; ',
      contradiction,
      CASE WHEN differs THEN 'rows of one moment differ' END,
      CASE WHEN is_elsewhere THEN 'two games on one date' END
    ), '') AS contradiction
  )
FROM newest
LEFT JOIN kept_ids
  ON kept_ids.game_date = newest.game_date AND kept_ids.game = newest.game
QUALIFY ${who} IS NULL OR row_number() OVER (
  PARTITION BY newest.game_date, ${unit} ORDER BY newest.game_id
) = 1;

DROP TABLE ranked;
DROP TABLE kept_ids;
