SET TimeZone = 'UTC';

-- A number, or NULL where it is absent: NULL, NaN, infinity and text are the same thing here.
CREATE TEMP MACRO number(value) AS
  CASE WHEN isfinite(TRY_CAST(value AS DOUBLE)) THEN TRY_CAST(value AS DOUBLE) END;

-- A whole number, truncated towards zero.
CREATE TEMP MACRO whole(value) AS TRY_CAST(trunc(number(value)) AS BIGINT);

-- Adding 0.0 turns -0.0 into 0.0.
CREATE TEMP MACRO clamp(value, low, high) AS least(greatest(value, low), high) + 0.0;

-- Half away from zero on the decimal value of a number's shortest text, in units of 1 / unit: 0.35
-- becomes 0.4 although its double lies below the tie, and -0.44999999999999996 becomes -0.4 although
-- ten times it is -4.5. The multiplication may cross a tie, so both ties around are looked at again.
CREATE TEMP MACRO half_away(value, unit) AS
  sign(value) * (
    round(abs(value) * unit)
    + CAST(abs(value) >= (round(abs(value) * unit) + 0.5) / unit AS INTEGER)
    - CAST(abs(value) < (round(abs(value) * unit) - 0.5) / unit AS INTEGER)
  ) / unit;

-- A quotient of whole numbers, half away from zero, without any fraction on the way.
CREATE TEMP MACRO quotient(numerator, denominator) AS
  CAST(sign(numerator) AS HUGEINT) * (
    (2 * CAST(abs(numerator) AS HUGEINT) + denominator) // (2 * CAST(denominator AS HUGEINT))
  );

-- A difference without what doubles add to it, for one that is compared with a bound or rounded as it is:
-- 0.63 - 0.58 is not 0.05 in doubles. Not for means of sevenths and thirds, whose ties it would miss.
CREATE TEMP MACRO settled(figure) AS round(figure, 10) + 0.0;

-- The mean of team figures that does not depend on the order in which they are summed.
CREATE TEMP MACRO league_mean(figure) AS
  CAST(sum(CAST(figure AS DECIMAL(18, 12))) AS DOUBLE) / count(figure);

-- A JSON object with one more member, when there is something to say.
CREATE TEMP MACRO with_defaulted(object, names) AS
  CASE
    WHEN len(names) = 0 THEN CAST(object AS VARCHAR)
    ELSE CAST(object AS VARCHAR)[:-2] || ',"defaulted":' || CAST(to_json(names) AS VARCHAR) || '}'
  END;

CREATE TEMP MACRO named(names) AS list_filter(names, lambda name: name IS NOT NULL);

-- Whether a team's figure still says something of it: the newest game behind it is not much older than
-- the newest of the team that anybody knows. A team that has stopped playing keeps its figures.
CREATE TEMP MACRO is_recent(newest, last_game) AS
  coalesce(newest >= last_game - ${last_known_days}, last_game IS NULL);

-- Days of the All-Star break strictly between two dates.
CREATE TEMP MACRO free_days(day, next_day, break_start, break_end) AS
  coalesce(greatest(least(next_day - 1, break_end) - greatest(day + 1, break_start) + 1, 0), 0);
