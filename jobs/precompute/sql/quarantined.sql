-- Players of the requested dates who are not written, as a number of theirs is poisoned.
SELECT game_date, game_id, player_lookup, poison AS reason, row_json
FROM took_part SEMI JOIN requested USING (game_date)
WHERE poison IS NOT NULL
ORDER BY ALL
