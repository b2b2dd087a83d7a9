"""The schema of a load: what the service refuses when file, job and table differ."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

NAME = pa.field("name", pa.string(), nullable=False)
POINTS = pa.field("points", pa.int64())
RATE = pa.field("rate", pa.decimal128(5, 1))
TAGS = pa.field("tags", pa.list_(pa.string()))
TABLE = [
    SchemaField("name", "STRING", "REQUIRED"),
    SchemaField("points", "INTEGER"),
    SchemaField("rate", "NUMERIC", precision=5, scale=1),
    SchemaField("tags", "STRING", "REPEATED"),
]
ROW = {"name": "a", "points": 1, "rate": Decimal("2.5"), "tags": ["x"]}
FILE = (NAME, POINTS, RATE, TAGS)
Load = Callable[..., None]


@pytest.fixture
def table(client: bigquery.Client, dataset: str) -> str:
    name = f"demo.{dataset}.players"
    client.create_table(bigquery.Table(name, schema=TABLE))
    return name


@pytest.fixture
def load(client: bigquery.Client, table: str) -> Load:
    """Loads one row from a file of these columns, with this schema in the job."""

    def run(
        columns: tuple[pa.Field, ...] = FILE,
        schema: list[SchemaField] | None = TABLE,
        list_inference: bool = True,
        **values: Any,
    ) -> None:
        row = {**ROW, **values}
        rows = pa.Table.from_pylist([row], pa.schema(columns))
        file = io.BytesIO()
        pq.write_table(rows, file)
        options = bigquery.ParquetOptions()
        options.enable_list_inference = list_inference
        config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
        config.parquet_options = options
        if schema is not None:
            config.schema = schema
        job = client.load_table_from_file(file, table, rewind=True, job_config=config)
        job.result(retry=None)

    return run


def changed(field: SchemaField) -> list[SchemaField]:
    """The table's schema with another field of this name."""
    return [field if known.name == field.name else known for known in TABLE]


def refused(load: Load, *arguments: Any, **options: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        load(*arguments, **options)
    assert caught.value.errors[0]["reason"] == "invalid"
    return str(caught.value.message)


def test_a_file_and_a_schema_like_the_table_are_loaded(query: Any, table: str, load: Load) -> None:
    load()
    assert query(f"SELECT * FROM `{table}`") == [ROW]


def test_the_table_says_its_precision(client: bigquery.Client, table: str) -> None:
    rate = client.get_table(table).schema[2]
    assert (rate.precision, rate.scale) == (5, 1)


@pytest.mark.parametrize("nullable", [True, False], ids=["optional", "required"])
def test_without_a_schema_no_column_of_the_file_is_required(load: Load, nullable: bool) -> None:
    columns = (NAME.with_nullable(nullable), POINTS, RATE, TAGS)
    found = refused(load, columns, schema=None)
    assert "Provided Schema does not match Table demo:" in found
    assert "Field name has changed mode from REQUIRED to NULLABLE" in found


def test_without_a_schema_decimals_have_the_precision_of_the_file(load: Load) -> None:
    wide = (POINTS, pa.field("rate", pa.decimal128(38, 9)))
    assert "Field rate has changed type from NUMERIC(5, 1) to NUMERIC" in refused(
        load, wide, schema=None
    )


def test_without_a_schema_a_type_is_that_of_the_file(load: Load) -> None:
    columns = (pa.field("points", pa.float64()),)
    found = refused(load, columns, schema=None, points=1.5)
    assert "Field points has changed type from INTEGER to FLOAT" in found


def test_without_a_schema_lists_need_list_inference(load: Load) -> None:
    found = refused(load, (TAGS,), schema=None, list_inference=False)
    assert "Field tags has changed type from STRING to RECORD" in found


def test_a_schema_with_another_mode_does_not_match_the_table(load: Load) -> None:
    schema = changed(SchemaField("name", "STRING"))
    columns = (NAME.with_nullable(True), POINTS, RATE, TAGS)
    found = refused(load, columns, schema)
    assert "Field name has changed mode from REQUIRED to NULLABLE" in found


def test_a_schema_with_another_precision_does_not_match_the_table(load: Load) -> None:
    schema = changed(SchemaField("rate", "NUMERIC", precision=6, scale=2))
    found = refused(load, FILE, schema)
    assert "Field rate has changed type from NUMERIC(5, 1) to NUMERIC(6, 2)" in found


def test_a_column_that_the_table_lacks_is_named(load: Load) -> None:
    found = refused(load, (*FILE, POINTS.with_name("assists")),
                    [*TABLE, SchemaField("assists", "INTEGER")], assists=1)  # fmt: skip
    assert "Cannot add fields (field: assists)" in found


def test_a_required_column_that_the_schema_lacks_is_named(load: Load) -> None:
    found = refused(load, (POINTS,), [SchemaField("points", "INTEGER")])
    assert "Field name is missing in new schema" in found


def test_a_required_column_that_the_file_lacks_is_named(load: Load) -> None:
    assert "Required column 'name' is missing" in refused(load, (POINTS, RATE, TAGS))


@pytest.mark.parametrize("name", ["a", None], ids=["filled", "null"])
def test_an_optional_column_of_the_file_does_not_fill_a_required_one(
    query: Any, table: str, load: Load, name: str | None
) -> None:
    found = refused(load, (NAME.with_nullable(True), POINTS, RATE, TAGS), name=name)
    assert "Field 'name' is specified as REQUIRED in provided schema" in found
    assert "which does not match NULLABLE as specified in the file" in found
    assert query(f"SELECT * FROM `{table}`") == []


def test_a_required_column_of_the_file_is_no_nullable_one(load: Load) -> None:
    found = refused(load, (NAME, POINTS.with_nullable(False), RATE, TAGS))
    assert "Field 'points' is specified as NULLABLE in provided schema" in found


def test_a_column_of_another_type_than_the_schema_is_named(load: Load) -> None:
    found = refused(load, (NAME, pa.field("points", pa.float64()), RATE, TAGS), points=1.5)
    assert "Parquet column 'points' has type DOUBLE which does not match" in found
    assert "target cpp_type INT64" in found


@pytest.mark.parametrize("kind", [pa.decimal128(5, 2), pa.decimal128(6, 1)], ids=str)
def test_decimals_wider_than_the_column_are_refused(load: Load, kind: pa.DataType) -> None:
    found = refused(load, (NAME, POINTS, pa.field("rate", kind), TAGS))
    assert "Parquet column 'rate' has type DECIMAL" in found


def test_a_column_that_may_be_null_may_be_missing(query: Any, table: str, load: Load) -> None:
    load((NAME, RATE), [TABLE[0], TABLE[2]])
    assert query(f"SELECT name, points FROM `{table}`") == [{"name": "a", "points": None}]
