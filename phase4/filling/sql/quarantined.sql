-- Players of the requested dates who are not written: a number of theirs is poisoned, or L3 says
-- more than one thing about who they are or whether they played.
SELECT
  game_date, game_id, player_lookup,
  concat_ws('; ', poison, coalesce(conflict || ': two rows cannot both be true', contradiction))
    AS reason,
  row_json
FROM took_part SEMI JOIN requested USING (game_date)
WHERE coalesce(poison, conflict, contradiction) IS NOT NULL
ORDER BY ALL
