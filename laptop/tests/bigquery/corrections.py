"""What is corrected of the emulator: how it is seen, what the service says, what the emulator."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient, types

from .servers import NO_RETRIES, Query, read_session, words_of

INT64 = bigquery.StandardSqlDataType(bigquery.StandardSqlTypeNames.INT64)


@dataclass(frozen=True)
class Server:
    """A server with a dataset that has `t` (k, n) of two rows and `days` (day, n) of two days."""

    client: bigquery.Client
    query: Query
    reader: BigQueryReadClient
    dataset: str

    def fill(self) -> None:
        """Make the two tables."""
        self.query(
            f"CREATE TABLE {self.dataset}.t (k STRING, n INT64);"
            f" INSERT INTO {self.dataset}.t VALUES ('a', 1), ('b', 2);"
            f" CREATE TABLE {self.dataset}.days (day DATE, n INT64) PARTITION BY day;"
            f" INSERT INTO {self.dataset}.days VALUES ('2025-01-01', 1), ('2025-01-02', 2)"
        )


See = Callable[[Server], Any]


@dataclass(frozen=True)
class Correction:
    """One difference; a pattern stands for an error with such a message."""

    module: str
    see: See
    service: object
    alone: object


def seen(correction: Correction, server: Server) -> object:
    """What a server shows: a value, or the message of its error."""
    try:
        return correction.see(server)
    except GoogleAPICallError as error:
        return words_of(error)


def like(found: object, described: object) -> bool:
    """Whether what was seen is what was described."""
    if isinstance(described, re.Pattern):
        return isinstance(found, str) and described.search(found) is not None
    return found == described


CORRECTIONS: dict[str, Correction] = {}


def _corrected(module: str, *, service: object, alone: object) -> Callable[[See], See]:
    def note(see: See) -> See:
        CORRECTIONS[see.__name__] = Correction(module, see, service, alone)
        return see

    return note


def _script(name: str, module: str, sql: str, service: object, alone: object) -> None:
    """The column `r` of the answer to statements, of which the last may be a query."""

    def see(server: Server) -> list[Any]:
        return [row["r"] for row in server.query(sql.format(d=server.dataset))]

    CORRECTIONS[name] = Correction(module, see, service, alone)


_script(
    "numeric_width",
    "dialect",
    "SELECT CAST('0.123456789' AS NUMERIC) AS r",
    [Decimal("0.123456789")],
    [Decimal("0.123")],
)
_script(
    "reserved_names",
    "dialect",
    "SELECT at AS r FROM (SELECT 1 AS at)",
    [1],
    re.compile("syntax error"),
)
_script(
    "string_agg_limit",
    "dialect",
    "SELECT STRING_AGG(x, '+' ORDER BY x LIMIT 2) AS r FROM UNNEST(['b', NULL, 'a']) AS x",
    ["a+b"],
    ["a"],
)
_script(
    "ignore_nulls_limit",
    "dialect",
    "SELECT ARRAY_AGG(x IGNORE NULLS ORDER BY x LIMIT 1) AS r FROM UNNEST([2, NULL, 1]) AS x",
    [[1]],
    re.compile("Syntax error"),
)
_script(
    "struct_field_names",
    "dialect",
    "SELECT x.k AS r FROM UNNEST((SELECT ARRAY_AGG(STRUCT(k, n)) FROM {d}.t WHERE n = 1)) AS x",
    ["a"],
    re.compile("unnamed struct"),
)
_script(
    "whole_quotients",
    "dialect",
    "SELECT DIV(10, 2 * 2) AS r",
    [2],
    [10],
)
_script(
    "countif_over",
    "dialect",
    "SELECT COUNTIF(x > 1) OVER () AS r FROM UNNEST([1, 2]) AS x LIMIT 1",
    [1],
    re.compile("syntax error"),
)
_script(
    "joined_nulls",
    "dialect",
    "SELECT ARRAY_TO_STRING([CAST(NULL AS STRING)], ', ')"
    " || ARRAY_TO_STRING(ARRAY(SELECT CAST(NULL AS STRING)), ', ')"
    " || ARRAY_TO_STRING(['a', NULL, 'b'], '+') AS r",
    ["a+b"],
    [None],
)
_script(
    "whole_intervals",
    "dialect",
    "SELECT TIMESTAMP_DIFF(TIMESTAMP '2025-01-02 00:15:00+00',"
    " TIMESTAMP '2025-01-01 23:30:00+00', HOUR) AS r",
    [0],
    [1],
)
_script(
    "null_in_json",
    "json_texts",
    "SELECT TO_JSON_STRING(ARRAY_AGG(n)) AS r FROM {d}.t WHERE n > 9",
    ["null"],
    [None],
)
_script(
    "rounded_float64",
    "rounding",
    "SELECT ROUND(n * 0.15, 1) AS r FROM {d}.t WHERE n = 1",
    [0.1],
    [0.2],
)
_script(
    "starts_of_a_column",
    "date_parts",
    "SELECT DATE_TRUNC(day, WEEK) AS r FROM {d}.days WHERE n = 1",
    [dt.date(2024, 12, 29)],
    [dt.datetime(2024, 12, 30)],
)
_script(
    "weeks_by_their_first_day",
    "date_parts",
    "SELECT EXTRACT(WEEK(MONDAY) FROM day) AS r FROM {d}.days WHERE n = 1",
    [0],
    re.compile("syntax error"),
)
_script(
    "weeks_between_two_days",
    "date_parts",
    "SELECT DATETIME_DIFF(DATETIME '2025-01-05', DATETIME '2025-01-04', WEEK) AS r",
    [1],
    [0],
)
_script(
    "fractions_of_a_second",
    "date_parts",
    "SELECT EXTRACT(MILLISECOND FROM TIMESTAMP '2025-01-01 00:00:01.234') AS r",
    [234],
    [1234],
)
_script(
    "seconds_of_a_moment",
    "date_parts",
    "SELECT UNIX_SECONDS(TIMESTAMP '2025-01-01 00:00:00.9+00') AS r",
    [1_735_689_600],
    [1_735_689_601],
)
_script(
    "difference_of_two_dates",
    "date_parts",
    "SELECT CAST(day - DATE '2025-01-01' = INTERVAL 1 DAY AS STRING) AS r FROM {d}.days"
    " WHERE n = 2",
    ["true"],
    re.compile(r"Unimplemented type for cast \(BIGINT -> INTERVAL\)"),
)
_script(
    "parts_that_a_type_has_not",
    "date_parts",
    "SELECT EXTRACT(HOUR FROM day) AS r FROM {d}.days WHERE n = 1",
    re.compile("^EXTRACT from DATE does not support the HOUR date part"),
    [0],
)
_script(
    "places_in_a_text",
    "text_functions",
    "SELECT SUBSTR(k || 'bc', 0, 2) || SUBSTR(k || 'bc', -9, 1) AS r FROM {d}.t WHERE n = 1",
    ["aba"],
    ["a"],
)
_script(
    "place_from_the_end",
    "text_functions",
    "SELECT INSTR('hello', 'l', -1) AS r",
    [4],
    [0],
)
_script(
    "white_space",
    "text_functions",
    "SELECT TRIM(' a\\n') AS r",
    ["a"],
    ["a\n"],
)
_script(
    "empty_match",
    "text_functions",
    "SELECT REGEXP_EXTRACT(k, 'x*') AS r FROM {d}.t WHERE n = 1",
    [""],
    [None],
)
_script(
    "places_in_a_list",
    "text_functions",
    "SELECT ARRAY_SLICE([1, 2, 3], 1, 2) AS r",
    [[2, 3]],
    [[1, 2]],
)
_script(
    "one_group_of_a_pattern",
    "foreign",
    "SELECT REGEXP_EXTRACT('ab', '(a)(b)') AS r",
    re.compile("^Regular expressions passed into extraction functions must not have more than 1"),
    ["ab"],
)
_script(
    "counts_of_what_is_frequent",
    "text_functions",
    "SELECT ARRAY_LENGTH(APPROX_TOP_COUNT(k, 1)) AS r FROM {d}.t",
    re.compile("^APPROX_TOP_COUNT: the local BigQuery has the values without their counts"),
    [1],
)
_script(
    "offset_of_a_zone",
    "text_functions",
    "SELECT STRING(TIMESTAMP '2025-01-02 03:00:00+00', 'Asia/Tokyo') AS r",
    re.compile("^STRING with a zone: the local BigQuery writes no offset"),
    ["2025-01-02 12:00:00"],
)
_script(
    "zone_of_a_text",
    "text_functions",
    "SELECT PARSE_TIMESTAMP('%F', '2025-01-02', 'Asia/Tokyo') AS r",
    re.compile("^PARSE_TIMESTAMP with a zone: the local BigQuery reads UTC alone"),
    [dt.datetime(2025, 1, 2, tzinfo=dt.UTC)],
)
_script(
    "thousands_parted_by_a_comma",
    "dialect",
    'SELECT FORMAT("%\'d", 1234567) AS r',
    ["1,234,567"],
    ["1'234'567"],
)
_script(
    "elements_that_are_not_written",
    "spellings",
    "SELECT FORMAT_DATE('%e', day) || FORMAT_TIMESTAMP('%E3S', TIMESTAMP(day)) AS r"
    " FROM {d}.days WHERE n = 1",
    re.compile("^FORMAT_DATE with %e: the local BigQuery does not write it"),
    ["1%E3S"],
)
_script(
    "values_in_json",
    "json_texts",
    "SELECT TO_JSON_STRING(STRUCT(n / 1 AS f, NUMERIC '1.5' AS d,"
    " TIMESTAMP '2025-01-02 03:04:05+00' AS t)) AS r FROM {d}.t WHERE n = 1",
    ['{"f":1,"d":"1.5","t":"2025-01-02T03:04:05Z"}'],
    ['{"f":1.0,"d":1.500000000,"t":"2025-01-02 03:04:05+00"}'],
)
_script(
    "kinds_of_json",
    "json_texts",
    "SELECT JSON_TYPE(JSON '5') AS r",
    ["number"],
    ["ubigint"],
)
_script(
    "names_of_compared_structs",
    "struct_comparisons",
    "SELECT STRUCT(n AS a) = STRUCT(1 AS b) AS r FROM {d}.t WHERE n = 1",
    [True],
    [False],
)
_script(
    "nulls_of_compared_structs",
    "struct_comparisons",
    "SELECT (n, NULL) IN ((1, 2)) AS r FROM {d}.t WHERE n = 1",
    [None],
    [False],
)
_script(
    "whole_quotient_by_zero",
    "run_time_errors",
    "SELECT DIV(7, 0) AS r",
    re.compile("^division by zero: 7 / 0"),
    [None],
)
_script(
    "remainder_by_zero",
    "run_time_errors",
    "SELECT MOD(7, 0) AS r",
    re.compile(r"^division by zero: MOD\(7, 0\)"),
    [None],
)
_script(
    "words_of_a_quotient_by_zero",
    "run_time_errors",
    "SELECT 7.5 / 0 AS r",
    re.compile("^division by zero: 7.5 / 0"),
    re.compile("^division by zero: 1 / 0"),
)
_script(
    "element_outside_of_an_array",
    "run_time_errors",
    "SELECT [1, 2][OFFSET(5)] AS r",
    re.compile(r"^Array index 5 is out of bounds \(overflow\)"),
    [None],
)
_script(
    "negative_length",
    "run_time_errors",
    "SELECT LEFT('abc', -1) AS r",
    re.compile(r"^Second argument in LEFT\(\) cannot be negative"),
    ["ab"],
)
_script(
    "steps_of_zero",
    "run_time_errors",
    "SELECT ARRAY_LENGTH(GENERATE_ARRAY(1, 5, 0)) AS r",
    re.compile(r"^Sequence step cannot be 0\."),
    [0],
)
_script(
    "steps_of_no_time",
    "run_time_errors",
    "SELECT ARRAY_LENGTH(GENERATE_DATE_ARRAY('2025-01-01', '2025-01-03', INTERVAL 0 DAY)) AS r",
    re.compile(r"^Sequence step cannot be 0\."),
    [0],
)
_script(
    "negative_length_in_a_safe_function",
    "run_time_errors",
    "SELECT SAFE.LEFT('abc', -1) AS r",
    [None],
    ["ab"],
)
_script(
    "float64_beyond_its_range",
    "run_time_errors",
    "SELECT x * 1e10 AS r FROM UNNEST([1e308]) AS x",
    re.compile(r"^double overflow: 1e\+308 \* 1e\+10"),
    [float("inf")],
)
_script(
    "correlated_subqueries",
    "subqueries",
    "SELECT (SELECT n FROM {d}.days WHERE days.n = t.n LIMIT 1) AS r FROM {d}.t ORDER BY t.n",
    re.compile("^Correlated subqueries that reference other tables are not supported"),
    [1, 2],
)
_script(
    "subquery_in_a_join",
    "subqueries",
    "SELECT t.n AS r FROM {d}.t JOIN {d}.days ON days.n = (SELECT MAX(n) FROM {d}.t) AND t.n = 1",
    re.compile("^Unsupported subquery with table in join predicate"),
    [1],
)
_script(
    "functions_in_from",
    "analysis",
    "SELECT COUNT(*) AS r FROM range(3)",
    re.compile("^Table-valued function not found: "),
    [3],
)
_script(
    "replaced_by_another_partitioning",
    "analysis",
    "CREATE OR REPLACE TABLE {d}.days AS SELECT 1 AS r; SELECT r FROM {d}.days",
    re.compile("^Cannot replace a table with a different partitioning spec"),
    [1],
)
_script(
    "text_that_is_no_int64",
    "run_time_errors",
    "SELECT CAST('5.0' AS INT64) AS r",
    re.compile("^Bad int64 value: 5.0"),
    [5],
)
_script(
    "halves_away_from_zero",
    "run_time_errors",
    "SELECT CAST(-2.5 AS INT64) AS r",
    [-3],
    [-2],
)
_script(
    "sum_beyond_int64",
    "run_time_errors",
    "SELECT SUM(x) AS r FROM UNNEST([9223372036854775807, 1]) AS x",
    re.compile("^int64 overflow"),
    [2**63],
)
_script(
    "literals_of_64_bits",
    "run_time_errors",
    "SELECT 2147483647 + 1 AS r",
    [2**31],
    re.compile("Overflow in addition of INT32"),
)
_script(
    "sum_inside_an_expression",
    "run_time_errors",
    "SELECT CAST(SUM(n) AS STRING) AS r FROM"
    " (SELECT n FROM {d}.t UNION ALL SELECT 9223372036854775807)",
    re.compile("^int64 overflow"),
    ["9223372036854775810"],
)
_script(
    "float64_as_a_text",
    "value_texts",
    "SELECT CAST(n + 0.0 AS STRING) || ' ' || CAST(n / 3 AS STRING) AS r FROM {d}.t WHERE n = 1",
    ["1 0.33333333333333331"],
    ["1.0 0.3333333333333333"],
)
_script(
    "float64_joined_to_a_text",
    "value_texts",
    "CREATE TABLE {d}.halves AS SELECT 2.0 AS f; SELECT CONCAT('f', f) AS r FROM {d}.halves",
    ["f2"],
    ["f2.0"],
)
_script(
    "timestamp_as_a_text",
    "value_texts",
    "SELECT CAST(TIMESTAMP '2025-01-02 03:04:05.5+00' AS STRING) AS r",
    ["2025-01-02 03:04:05.500+00"],
    ["2025-01-02 03:04:05.5+00"],
)
_script(
    "numeric_as_a_text",
    "value_texts",
    "SELECT CAST(NUMERIC '93' AS STRING) || CAST(n * NUMERIC '1.50' AS STRING) AS r FROM {d}.t"
    " WHERE n = 1",
    ["931.5"],
    ["93.0000000001.500000000"],
)
_script(
    "numeric_divided_by_zero",
    "run_time_errors",
    "SELECT MOD(NUMERIC '93', n - 1) AS r FROM {d}.t WHERE n = 1",
    re.compile(r"^division by zero: MOD\(93, 0\)"),
    [None],
)
_script(
    "nan_compared",
    "not_a_number",
    "SELECT f >= f OR f = f AS r FROM (SELECT CAST('nan' AS FLOAT64) AS f FROM {d}.t LIMIT 1)",
    [False],
    [True],
)
_script(
    "nan_sorted",
    "not_a_number",
    "SELECT CAST(f AS STRING) AS r FROM"
    " (SELECT CAST(n AS FLOAT64) AS f FROM {d}.t UNION ALL SELECT CAST('nan' AS FLOAT64))"
    " ORDER BY f",
    ["nan", "1", "2"],
    ["1.0", "2.0", "nan"],
)
_script(
    "types_that_do_not_go_together",
    "signatures",
    "SELECT k AS r FROM {d}.t WHERE n = '1'",
    re.compile("^No matching signature for operator = for argument types: INT64, STRING"),
    ["a"],
)
_script(
    "argument_of_a_safe_function",
    "dialect",
    "SELECT SAFE.LN(CAST(k AS INT64)) AS r FROM {d}.t",
    re.compile("^Bad int64 value: a"),
    [None, None],
)
_script(
    "format_of_one_text",
    "dialect",
    "SELECT FORMAT('%s', k) AS r FROM {d}.t WHERE n = 1",
    ["a"],
    ["{}"],
)
_script(
    "columns_as_texts_in_a_table_function",
    "table_functions",
    "CREATE TABLE {d}.wholes AS SELECT 2.0 AS f;"
    " CREATE TABLE FUNCTION {d}.texts() AS (SELECT CAST(f AS STRING) AS r FROM {d}.wholes);"
    " SELECT r FROM {d}.texts()",
    ["2"],
    ["2.0"],
)
_script(
    "columns_cast_in_a_table_function",
    "table_functions",
    "CREATE TABLE {d}.halves AS SELECT 2.5 AS f;"
    " CREATE TABLE FUNCTION {d}.rounded() AS (SELECT CAST(f AS INT64) AS r FROM {d}.halves);"
    " SELECT r FROM {d}.rounded()",
    [3],
    [2],
)
_script(
    "doubled_name_of_a_result",
    "result_shape",
    "SELECT 1 AS r, 2 AS r",
    re.compile("^Duplicate column names in the result are not supported"),
    [1],
)
_script(
    "null_in_an_array_of_a_result",
    "result_shape",
    "SELECT ARRAY_AGG(x) AS r FROM UNNEST(['a', NULL]) AS x",
    re.compile("^Array cannot have a null element; error in writing field r"),
    [["a", None]],
)
_script(
    "columns_of_a_made_table",
    "analysis",
    "CREATE TABLE {d}.made AS SELECT 1; SELECT 1 AS r",
    re.compile("^CREATE TABLE columns must be named, but column 1 has no name"),
    [1],
)
_script(
    "safe_beside_a_division",
    "dialect",
    "SELECT TO_JSON_STRING(SAFE.PARSE_JSON(k)) || (n / n = 1) AS r FROM {d}.t LIMIT 1",
    ["nulltrue"],
    re.compile("Malformed JSON"),
)
_script(
    "characters_by_number",
    "escapes",
    r"SELECT '\x41\u00e9\101' || r'\x41' AS r",
    [r"AéA\x41"],
    [r"\x41\u00e9\101\x41"],
)
_script(
    "insert_row",
    "dialect",
    "MERGE {d}.t AS t USING (SELECT 'z' AS k, 1 AS n) AS s ON t.k = s.k"
    " WHEN NOT MATCHED THEN INSERT ROW; SELECT k AS r FROM {d}.t WHERE k = 'z'",
    ["z"],
    re.compile("syntax error"),
)
_script(
    "assertions",
    "scripting",
    "ASSERT 1 = 1 AS 'wrong'; SELECT 1 AS r",
    [1],
    re.compile('Unexpected identifier "ASSERT"'),
)
_script(
    "inferred_variables",
    "scripting",
    "DECLARE x DEFAULT 'text'; SELECT x AS r",
    ["text"],
    re.compile("syntax error"),
)
_script(
    "typed_variables",
    "scripting",
    "DECLARE x DATE DEFAULT '2025-01-31'; SELECT x AS r",
    [dt.date(2025, 1, 31)],
    ["2025-01-31"],
)
_script(
    "case_in_a_condition",
    "scripting",
    "IF CASE WHEN TRUE THEN TRUE ELSE FALSE END THEN SELECT 1 AS r; END IF",
    [1],
    re.compile("Syntax error"),
)
_script(
    "row_count",
    "scripting",
    "INSERT INTO {d}.t VALUES ('c', 3), ('d', 4), ('e', 5); SELECT @@row_count AS r",
    [3],
    re.compile("row_count"),
)
_script(
    "error_message",
    "scripting",
    "BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN SELECT @@error.message AS r; END",
    ["division by zero: 1 / 0"],
    re.compile("error.message"),
)
_script(
    "named_using",
    "scripting",
    "EXECUTE IMMEDIATE 'SELECT @a + @b AS r' USING 1 AS a, 2 AS b",
    [3],
    re.compile("EXECUTE IMMEDIATE failed"),
)
_script(
    "rollback_in_a_handler",
    "scripting",
    "BEGIN BEGIN TRANSACTION; INSERT INTO {d}.t VALUES ('x', 0); SELECT 1 / 0;"
    " COMMIT TRANSACTION; EXCEPTION WHEN ERROR THEN ROLLBACK TRANSACTION; END;"
    " SELECT COUNT(*) AS r FROM {d}.t WHERE k = 'x'",
    [0],
    [1],
)
_script(
    "typed_arguments",
    "table_functions",
    "CREATE TABLE FUNCTION {d}.between_days(a DATE, b DATE) AS"
    " (SELECT day FROM UNNEST(GENERATE_DATE_ARRAY(a, b)) AS day);"
    " SELECT COUNT(*) AS r FROM {d}.between_days('2024-12-30', '2025-01-02')",
    [4],
    re.compile("Could not choose a best candidate"),
)
_script(
    "partitions_in_a_table_function",
    "partition_view",
    "CREATE TABLE FUNCTION {d}.ids(least STRING) AS (SELECT partition_id AS r"
    " FROM `demo.{d}`.INFORMATION_SCHEMA.PARTITIONS WHERE partition_id >= least);"
    " SELECT r FROM {d}.ids('20250102')",
    ["20250102"],
    re.compile("internal error"),
)
_script(
    "jobs_in_a_view",
    "job_views",
    "SELECT DISTINCT state AS r FROM `region-us-west2`.INFORMATION_SCHEMA.JOBS"
    " WHERE query LIKE '%{d}%' AND state = 'RUNNING'",
    ["RUNNING"],
    re.compile("."),
)
_script(
    "demanded_filter",
    "analysis",
    "CREATE TABLE {d}.strict (day DATE, n INT64) PARTITION BY day"
    " OPTIONS (require_partition_filter = TRUE); SELECT n AS r FROM {d}.strict",
    re.compile("without a filter over column"),
    [],
)
_script(
    "dml_without_where",
    "analysis",
    "DELETE FROM {d}.t; SELECT n AS r FROM {d}.t",
    re.compile("DELETE must have a WHERE clause"),
    [],
)


@_corrected("result_shape", service=["f0_", "k", "f1_"], alone=["1", "k", "(n + 1)"])
def names_of_a_result(server: Server) -> object:
    return list(server.query(f"SELECT 1, k, n + 1 FROM {server.dataset}.t LIMIT 1")[0])


@_corrected("rows", service=["1.5", "0", "1"], alone=["1.500000000", "0E-9", "1.000000000"])
def zeros_of_a_numeric(server: Server) -> object:
    rows = server.query("SELECT NUMERIC '1.50' AS a, NUMERIC '0' AS b, [NUMERIC '1'] AS c")
    return [str(n) for n in (rows[0]["a"], rows[0]["b"], *rows[0]["c"])]


@_corrected("job_views", service=[[1], [2]], alone=[])
def statements_of_a_script(server: Server) -> object:
    job = server.client.query("SELECT 1; SELECT 2")
    job.result()
    children = list(server.client.list_jobs(parent_job=job.job_id))[::-1]
    return [[row[0] for row in child.result()] for child in children]


@_corrected("definitions", service=[None], alone=["IN"])
def usual_mode(server: Server) -> object:
    argument = bigquery.RoutineArgument(name="n", data_type=INT64)
    routine = bigquery.Routine(
        f"demo.{server.dataset}.made",
        type_="PROCEDURE",
        language="SQL",
        body="SELECT n;",
        arguments=[argument],
    )
    return [one.mode for one in server.client.create_routine(routine).arguments]


@_corrected("definitions", service="SELECT 1   AS one -- as it stands", alone=None)
def query_of_a_view(server: Server) -> object:
    view = bigquery.Table(f"demo.{server.dataset}.seen")
    view.view_query = "SELECT 1   AS one -- as it stands"
    server.client.create_table(view)
    return server.client.get_table(view.reference).view_query


@_corrected("fields", service=(5, 2), alone=(None, None))
def precision(server: Server) -> object:
    field = bigquery.SchemaField("n", "NUMERIC", precision=5, scale=2)
    made = server.client.create_table(bigquery.Table(f"demo.{server.dataset}.p", schema=[field]))
    return made.schema[0].precision, made.schema[0].scale


@_corrected("fields", service=int, alone=Decimal)
def sum_in_a_struct(server: Server) -> object:
    sums = f"SELECT SUM(n) AS n FROM {server.dataset}.t"
    (row,) = server.query(f"SELECT ARRAY_AGG(STRUCT(n AS n)) AS sums FROM ({sums})")
    return type(row["sums"][0]["n"])


@_corrected("windows", service=48, alone=168)
def time_travel_window(server: Server) -> object:
    dataset = server.client.get_dataset(server.dataset)
    dataset.max_time_travel_hours = 48
    server.client.update_dataset(dataset, ["max_time_travel_hours"])
    return int(server.client.get_dataset(server.dataset).max_time_travel_hours)


@_corrected("tables", service=1, alone=0)
def row_count_of_a_table(server: Server) -> object:
    server.query(f"DELETE FROM {server.dataset}.days WHERE n = 2")
    return server.client.get_table(f"{server.dataset}.days").num_rows


@_corrected("tables", service=[None], alone=re.compile('"note" not found'))
def grown_schema(server: Server) -> object:
    table = server.client.get_table(f"{server.dataset}.days")
    table.schema = [*table.schema, bigquery.SchemaField("note", "STRING")]
    server.client.update_table(table, ["schema"])
    rows = server.query(f"SELECT note FROM {server.dataset}.days WHERE n = 1")
    return [row["note"] for row in rows]


@_corrected("engine", service=re.compile("kept"), alone=[{"n": 1}])
def temporary_tables_of_a_job(server: Server) -> object:
    server.query("CREATE TEMP TABLE kept AS SELECT 1 AS n")
    return server.query("SELECT n FROM kept")


@_corrected("history", service=["20250101"], alone=[])
def change_times_of_partitions(server: Server) -> object:
    times = (
        "SELECT partition_id, last_modified_time FROM"
        f" {server.dataset}.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'days'"
    )
    before = {row["partition_id"]: row for row in server.query(times)}
    server.query(f"UPDATE {server.dataset}.days SET n = 5 WHERE day = '2025-01-01'")
    return [row["partition_id"] for row in server.query(times) if row not in before.values()]


@_corrected("locations", service=re.compile("was not found in location EU"), alone=2)
def location_of_a_job(server: Server) -> object:
    job = server.client.query(f"SELECT * FROM {server.dataset}.t", location="EU", **NO_RETRIES)
    return job.result(**NO_RETRIES).total_rows


def _column(server: Server, session: types.ReadSession, name: str) -> list[Any]:
    rows = server.reader.read_rows(session.streams[0].name, retry_delay_callback=None)
    return sorted(rows.to_arrow(session)[name].to_pylist())


@_corrected("past_reads", service=[1, 2], alone=[1, 2, 3])
def snapshot_time(server: Server) -> object:
    moment = dt.datetime.now(dt.UTC)
    time.sleep(0.01)
    server.query(f"INSERT INTO {server.dataset}.t VALUES ('c', 3)")
    return _column(server, read_session(server.reader, f"{server.dataset}.t", moment), "n")


@_corrected("query_results", service=[1, 2], alone=re.compile("does not exist"))
def rows_of_a_query_in_storage_read(server: Server) -> object:
    job = server.client.query(f"SELECT n FROM {server.dataset}.t", **NO_RETRIES)
    job.result(**NO_RETRIES)
    table = f"{job.destination.dataset_id}.{job.destination.table_id}"
    return _column(server, read_session(server.reader, table), "n")


@_corrected("faults", service=re.compile("non-table entities"), alone=[1])
def views_in_storage_read(server: Server) -> object:
    server.query(f"CREATE VIEW {server.dataset}.seen AS SELECT 1 AS n")
    return _column(server, read_session(server.reader, f"{server.dataset}.seen"), "n")


@_corrected("read_sessions", service=re.compile("not found"), alone=2_000)
def old_read_sessions(server: Server) -> object:
    server.query(
        f"CREATE TABLE {server.dataset}.wide AS SELECT n, REPEAT('x', 5000) AS text"
        " FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS n"
    )
    first, *_ = [read_session(server.reader, f"{server.dataset}.wide") for _ in range(8)]
    return len(_column(server, first, "n"))


@_corrected("server", service=3_000, alone=re.compile("message larger than max"))
def large_batches_of_storage_read(server: Server) -> object:
    server.query(
        f"CREATE TABLE {server.dataset}.wide AS SELECT n, REPEAT('x', 5000) AS text"
        " FROM UNNEST(GENERATE_ARRAY(1, 3000)) AS n"
    )
    return len(_column(server, read_session(server.reader, f"{server.dataset}.wide"), "n"))


def _load(
    server: Server, target: str, *, size: bool = False, job_id: str | None = None
) -> bigquery.LoadJob:
    data = io.BytesIO()
    pq.write_table(pa.table({"day": [dt.date(2025, 1, 1)], "n": [7]}), data)
    length = data.tell()
    return server.client.load_table_from_file(
        data,
        f"demo.{server.dataset}.{target}",
        rewind=True,
        size=length if size else None,
        job_config=bigquery.LoadJobConfig(
            source_format="PARQUET", write_disposition="WRITE_TRUNCATE"
        ),
        num_retries=0,
        job_id=job_id,
    )


def _content(server: Server) -> list[int]:
    rows = server.query(f"SELECT n FROM {server.dataset}.days WHERE day > '2024-01-01' ORDER BY n")
    return [row["n"] for row in rows]


@_corrected("loads", service=[2, 7], alone=re.compile("Invalid table id"))
def load_into_a_partition(server: Server) -> object:
    _load(server, "days$20250101").result(retry=None)
    return _content(server)


@_corrected("uploads", service=[7], alone=re.compile("unsupported Content-Type"))
def upload_in_one_request(server: Server) -> object:
    _load(server, "days", size=True).result(retry=None)
    return _content(server)


@_corrected("jobs", service=True, alone=False)
def job_id_of_an_upload(server: Server) -> object:
    name = f"load_{server.dataset}"
    return _load(server, "days", job_id=name).job_id == name


@_corrected("jobs", service=re.compile("Already Exists: Job"), alone=[{"n": 2}])
def job_id_used_before(server: Server) -> object:
    for number in (1, 2):
        job = server.client.query(
            f"SELECT {number} AS n", job_id=f"again_{server.dataset}", **NO_RETRIES
        )
    return [dict(row) for row in job.result(**NO_RETRIES)]


@_corrected(
    "labelled",
    service=re.compile('Label value "R1" has invalid characters'),
    alone={"run": "R1"},
)
def characters_of_a_label(server: Server) -> object:
    config = bigquery.QueryJobConfig(labels={"run": "R1"})
    return server.client.query("SELECT 1", job_config=config, **NO_RETRIES).labels


@_corrected("labelled", service={"stage": "dev"}, alone=re.compile("internal error"))
def label_of_null(server: Server) -> object:
    table = bigquery.Table(f"demo.{server.dataset}.l")
    table.labels = {"team": "x", "stage": "dev"}
    table = server.client.create_table(table)
    table.labels["team"] = None
    once: dict[str, Any] = {"retry": None}
    return server.client.update_table(table, ["labels"], **once).labels


@_corrected("writes", service=[2, 7], alone=[1, 2])
def query_into_a_partition(server: Server) -> object:
    server.query(
        "SELECT DATE '2025-01-01' AS day, 7 AS n",
        destination=f"demo.{server.dataset}.days$20250101",
        write_disposition="WRITE_TRUNCATE",
    )
    return _content(server)


@_corrected("tables", service=[2], alone=re.compile("Invalid table id"))
def deletion_of_a_partition(server: Server) -> object:
    server.client.delete_table(f"{server.dataset}.days$20250101")
    return _content(server)


@_corrected("tables", service=[2], alone=re.compile("Not found"))
def rows_of_a_partition(server: Server) -> object:
    return [row["n"] for row in server.client.list_rows(f"{server.dataset}.days$20250102")]


@_corrected("tables", service={"t": None, "days": "day"}, alone={"t": None, "days": None})
def partitioning_in_a_list_of_tables(server: Server) -> object:
    found = {
        item.table_id: item.time_partitioning for item in server.client.list_tables(server.dataset)
    }
    return {name: layout and layout.field for name, layout in found.items()}


def _asked(server: Server, method: str, **options: Any) -> Any:
    path = f"/projects/demo/datasets/{server.dataset}/tables/t"
    return server.client._connection.api_request(method=method, path=path, **options)


@_corrected("tables", service=["n"], alone=["k", "n"])
def selected_fields_of_a_table(server: Server) -> object:
    table = _asked(server, "GET", query_params={"selectedFields": "n"})
    return [field["name"] for field in table["schema"]["fields"]]


@_corrected("tables", service=("why", 2), alone=re.compile("."))
def change_with_a_schema_of_null(server: Server) -> object:
    made = _asked(server, "PATCH", data={"description": "why", "schema": None})
    return made["description"], len(made["schema"]["fields"])


@_corrected("streaming", service=["stopped", "invalid"], alone=[])
def unknown_field_of_a_streamed_row(server: Server) -> object:
    rows: list[dict[str, Any]] = [{"k": "c", "n": 3}, {"k": "d", "note": "?"}]
    answer = server.client.insert_rows_json(f"{server.dataset}.t", rows)
    return [error["reason"] for row in answer for error in row["errors"]]


@_corrected("streaming", service=["Missing required field: n."], alone=[])
def required_field_of_a_streamed_row(server: Server) -> object:
    table = bigquery.Table(f"demo.{server.dataset}.strict")
    table.schema = [bigquery.SchemaField("n", "INTEGER", "REQUIRED"),
                    bigquery.SchemaField("k", "STRING")]  # fmt: skip
    server.client.create_table(table)
    rows = {"rows": [{"json": {"k": "a"}}]}
    answer = server.client._connection.api_request("POST", f"{table.path}/insertAll", data=rows)
    return [error["message"] for row in answer["insertErrors"] for error in row["errors"]]


@_corrected("read_requests", service=re.compile(r"Row filter for \S+ is invalid"), alone=2)
def row_filter_that_is_none(server: Server) -> object:
    session = read_session(server.reader, f"{server.dataset}.t", row_restriction="n = ")
    pages = (server.reader.read_rows(stream.name).to_arrow() for stream in session.streams)
    return sum(page.num_rows for page in pages)


@_corrected("query_parameters", service=re.compile("Bad bool value: yes"), alone=[False])
def value_of_a_parameter(server: Server) -> object:
    given = bigquery.ScalarQueryParameter("p", "BOOL", "yes")
    return [row["r"] for row in server.query("SELECT @p AS r", query_parameters=[given])]


@_corrected("configurations", service=re.compile('^[^"]*Invalid job ID "a.b"'), alone="a.b")
def characters_of_a_job_id(server: Server) -> object:
    return server.client.query("SELECT 1", job_id="a.b", **NO_RETRIES).job_id


@_corrected("api", service=False, alone=True)
def configuration_of_a_listed_job(server: Server) -> object:
    server.query("SELECT 1 AS r")
    asked = {"maxResults": 1}
    answer = server.client._connection.api_request("GET", "/projects/demo/jobs", asked)
    return "configuration" in answer["jobs"][0]


@_corrected("table_rules", service=re.compile("Field n has changed mode"), alone="REQUIRED")
def mode_of_a_column(server: Server) -> object:
    table = server.client.get_table(f"{server.dataset}.t")
    table.schema = [table.schema[0], bigquery.SchemaField("n", "INTEGER", "REQUIRED")]
    return server.client.update_table(table, ["schema"]).schema[1].mode


@_corrected("etags", service=re.compile("Precondition check failed"), alone="second")
def changes_at_the_same_time(server: Server) -> object:
    tables = [server.client.get_table(f"{server.dataset}.t") for _ in range(2)]
    for table, text in zip(tables, ("first", "second"), strict=True):
        table.description = text
        table = server.client.update_table(table, ["description"])
    return table.description


@_corrected("definitions", service=re.compile("parameter is missing: routineType"), alone="2 * n")
def routine_in_part(server: Server) -> object:
    routine = bigquery.Routine(f"demo.{server.dataset}.twice", type_="SCALAR_FUNCTION")
    routine.language, routine.body = "SQL", "n + n"
    routine.arguments = [bigquery.RoutineArgument(name="n", data_type=INT64)]
    server.client.create_routine(routine)
    routine.body = "2 * n"
    return server.client.update_routine(routine, ["body"]).body


@_corrected("definitions", service=[None], alone=["n + n"])
def bodies_in_a_list_of_routines(server: Server) -> object:
    routine = bigquery.Routine(f"demo.{server.dataset}.twice", type_="SCALAR_FUNCTION")
    routine.language, routine.body = "SQL", "n + n"
    routine.arguments = [bigquery.RoutineArgument(name="n", data_type=INT64)]
    server.client.create_routine(routine)
    return [listed.body for listed in server.client.list_routines(server.dataset)]


@_corrected("analysis", service=re.compile("is referenced at more than one point"), alone=[2])
def one_moment_of_a_table(server: Server) -> object:
    now = dt.datetime.now(dt.UTC).isoformat()
    past = f"{server.dataset}.t AS b FOR SYSTEM_TIME AS OF TIMESTAMP '{now}'"
    joined = f"{server.dataset}.t AS a JOIN {past} USING (k)"
    return [row["r"] for row in server.query(f"SELECT COUNT(*) AS r FROM {joined}")]


@_corrected("analysis", service=True, alone=False)
def bytes_of_a_dry_run(server: Server) -> object:
    config = bigquery.QueryJobConfig(dry_run=True)
    job = server.client.query(f"SELECT * FROM {server.dataset}.t", job_config=config, **NO_RETRIES)
    return int(job.total_bytes_processed or 0) > 0


@_corrected("options", service=90 * 86_400_000, alone=None)
def options_of_a_table(server: Server) -> object:
    name = f"{server.dataset}.days"
    server.query(f"ALTER TABLE {name} SET OPTIONS (partition_expiration_days = 90)")
    layout = server.client.get_table(name).time_partitioning
    return layout.expiration_ms if layout else None


@_corrected("table_policies", service=[], alone=re.compile("."))
def policies_of_a_table(server: Server) -> object:
    return list(server.client.get_iam_policy(f"demo.{server.dataset}.t").bindings)


@_corrected("limits", service=re.compile("Exceeded rate limits"), alone=[7])
def updates_of_a_table(server: Server) -> object:
    name = f"{server.dataset}.often"
    server.query(f"CREATE TABLE {name} (day DATE, n INT64)")
    for _ in range(6):
        _load(server, "often").result(retry=None)
    return [row["n"] for row in server.query(f"SELECT n FROM {name}")]


@_corrected(
    "matches",
    service=re.compile("^UPDATE/MERGE must match at most one source row for each target row"),
    alone=2,
)
def several_rows_for_one(server: Server) -> Any:
    source = "(SELECT 'a' AS k, x FROM UNNEST([5, 6]) AS x) AS s"
    server.query(f"UPDATE {server.dataset}.t AS t SET n = 5 FROM {source} WHERE t.k = s.k")
    return server.query(f"SELECT COUNT(*) AS n FROM {server.dataset}.t")[0]["n"]


@_corrected("dialect", service=True, alone=False)
def escapes_of_a_pattern(server: Server) -> Any:
    return server.query(r"SELECT '5%' LIKE '5\\%' AS r")[0]["r"]


@_corrected("run_time_errors", service=re.compile("^Bad bool value: yes"), alone=True)
def text_that_is_no_bool(server: Server) -> Any:
    return server.query("SELECT CAST('yes' AS BOOL) AS r")[0]["r"]


@_corrected(
    "run_time_errors",
    service=re.compile("^Invalid date: '2025/01/02'"),
    alone=dt.date(2025, 1, 2),
)
def text_that_is_no_date(server: Server) -> Any:
    return server.query("SELECT CAST('2025/01/02' AS DATE) AS r")[0]["r"]


@_corrected("run_time_errors", service=re.compile("^Bad double value: 1_0"), alone=10.0)
def text_that_is_no_float64(server: Server) -> Any:
    return server.query("SELECT CAST('1_0' AS FLOAT64) AS r")[0]["r"]


@_corrected("rounding", service="1.0", alone="1")
def types_of_what_is_rounded(server: Server) -> Any:
    return str(server.query(f"SELECT ROUND(n) AS r FROM {server.dataset}.t WHERE n = 1")[0]["r"])


@_corrected("foreign", service=re.compile("^Function not found: strlen"), alone=1)
def functions_of_duckdb(server: Server) -> Any:
    return server.query("SELECT strlen('a') AS r")[0]["r"]


@_corrected("foreign", service=re.compile('got identifier "ILIKE"'), alone=True)
def forms_of_other_dialects(server: Server) -> Any:
    return server.query("SELECT 'a' ILIKE 'A' AS r")[0]["r"]


@_corrected("spellings", service=re.compile('^Syntax error: Unexpected "="'), alone=True)
def spellings_of_other_dialects(server: Server) -> Any:
    return server.query("SELECT 1 == 1 AS r")[0]["r"]


@_corrected("foreign", service=re.compile("^Type not found: VARCHAR"), alone="1")
def types_of_other_dialects(server: Server) -> Any:
    return server.query("SELECT CAST(1 AS VARCHAR) AS r")[0]["r"]


@_corrected("table_definitions", service=re.compile("^Unrecognized name: day"), alone=0)
def layouts_of_columns_that_are_not_there(server: Server) -> Any:
    name = f"{server.dataset}.nowhere"
    server.query(f"CREATE TABLE {name} (n INT64) PARTITION BY day")
    return len(server.query(f"SELECT * FROM {name}"))


@_corrected("signatures", service=re.compile("^Unrecognized name: one"), alone=1)
def alias_in_where(server: Server) -> Any:
    return len(server.query(f"SELECT n AS one FROM {server.dataset}.t WHERE one = 1"))


@_corrected("signatures", service=re.compile("^Partitioning by expressions of type"), alone=2)
def window_partitioned_by_float64(server: Server) -> Any:
    halves = f"(SELECT CAST(n AS FLOAT64) AS f FROM {server.dataset}.t)"
    return len(server.query(f"SELECT COUNT(*) OVER (PARTITION BY f) AS c FROM {halves}"))


@_corrected("signatures", service=re.compile("^No matching signature for function LENGTH"), alone=1)
def text_functions_of_what_is_none(server: Server) -> Any:
    return server.query("SELECT LENGTH(5) AS r")[0]["r"]


@_corrected(
    "result_shape",
    service=re.compile("^Cannot return an invalid date value"),
    alone=re.compile("internal error"),
)
def years_of_a_result(server: Server) -> Any:
    return server.query("SELECT DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY) AS r")[0]["r"]


@_corrected("column_types", service=["k", "two"], alone=["k"])
def star_beside_a_function_of_text(server: Server) -> Any:
    server.query(
        f"CREATE TABLE {server.dataset}.nested (k STRING, two ARRAY<STRUCT<n INT64>>);"
        f" INSERT INTO {server.dataset}.nested SELECT 'a', [STRUCT(1 AS n)]"
    )
    (row,) = server.query(f"SELECT * FROM {server.dataset}.nested WHERE UPPER(k) = 'A'")
    return list(row)
