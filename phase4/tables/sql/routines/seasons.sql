-- The league calendar, from calendar.json.
SELECT
  CAST(JSON_VALUE(season, '$.season_year') AS INT64) AS season_year,
  CAST(JSON_VALUE(season, '$.opener') AS DATE) AS opener,
  CAST(JSON_VALUE(season, '$.all_star_start') AS DATE) AS all_star_start,
  CAST(JSON_VALUE(season, '$.all_star_end') AS DATE) AS all_star_end
FROM UNNEST(JSON_QUERY_ARRAY('${seasons_json}')) AS season
