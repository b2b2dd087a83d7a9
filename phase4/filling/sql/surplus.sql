-- Rows of L3 that stood twice, as one game has two ids or one row was delivered again.
CREATE TEMP TABLE surplus (
  table_name VARCHAR, game_date DATE, game VARCHAR, surplus_rows BIGINT, game_ids VARCHAR[]
);
