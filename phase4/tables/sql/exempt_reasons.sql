WHEN 'EXEMPT_PRESEASON' THEN CONCAT('preseason: before the opener ', CAST(opener AS STRING))
WHEN 'EXEMPT_BOOTSTRAP' THEN FORMAT(
  'bootstrap: day %d of the first %d', DATE_DIFF(game_date, opener, DAY), first_days)
WHEN 'EXEMPT_ALL_STAR' THEN 'All-Star break'
