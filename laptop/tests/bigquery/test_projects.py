"""Several projects on one server: equal names in two projects are two things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

PROJECTS = ("first-project", "second-project")
LOCATION = "us-west2"
Pair = tuple[bigquery.Client, bigquery.Client]


def client_of(project: str, endpoint: str) -> bigquery.Client:
    return bigquery.Client(
        project=project,
        location=LOCATION,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )


@pytest.fixture
def pair(endpoint: str) -> Iterator[Pair]:
    """A client of each project, both with a table `same.names` that holds the project's number."""
    first, second = (client_of(name, endpoint) for name in PROJECTS)
    for number, client in enumerate((first, second), 1):
        place = bigquery.Dataset(f"{client.project}.same")
        place.location = LOCATION
        client.create_dataset(place)
        client.query_and_wait(f"CREATE TABLE same.names AS SELECT {number} AS number")
    yield first, second
    for client in (first, second):
        client.delete_dataset("same", delete_contents=True, not_found_ok=True)


def numbers(client: bigquery.Client) -> list[int]:
    return [row["number"] for row in client.query_and_wait("SELECT number FROM same.names")]


def test_a_name_without_project_is_that_of_the_jobs_project(pair: Pair) -> None:
    assert [numbers(client) for client in pair] == [[1], [2]]


def test_a_statement_changes_the_table_of_its_project_only(pair: Pair) -> None:
    first, second = pair
    first.query_and_wait("INSERT INTO same.names (number) VALUES (11)")
    second.query_and_wait("DELETE FROM same.names WHERE TRUE")
    assert (sorted(numbers(first)), numbers(second)) == ([1, 11], [])


def test_a_routine_calls_the_tables_of_its_project(pair: Pair) -> None:
    for client in pair:
        client.query_and_wait("CREATE TABLE FUNCTION same.read() AS SELECT number FROM same.names")
    rows = [list(client.query_and_wait("SELECT number FROM same.read()")) for client in pair]
    assert [[row["number"] for row in found] for found in rows] == [[1], [2]]


def test_a_procedure_writes_into_the_tables_of_its_project(pair: Pair) -> None:
    for client in pair:
        client.query_and_wait(
            "CREATE PROCEDURE same.double() BEGIN"
            " UPDATE same.names SET number = 10 * number WHERE TRUE; END"
        )
    pair[1].query_and_wait("CALL same.double()")
    assert [numbers(client) for client in pair] == [[1], [20]]


def test_the_past_of_a_table_is_that_of_its_project(pair: Pair) -> None:
    (row,) = pair[0].query_and_wait("SELECT CURRENT_TIMESTAMP() AS now")
    for client in pair:
        client.query_and_wait("UPDATE same.names SET number = 0 WHERE TRUE")
    before = f"SELECT number FROM same.names FOR SYSTEM_TIME AS OF '{row['now'].isoformat()}'"
    found = [[row["number"] for row in client.query_and_wait(before)] for client in pair]
    assert found == [[1], [2]]


def test_a_table_of_another_project_is_read_by_its_full_name(pair: Pair) -> None:
    rows = pair[0].query_and_wait("SELECT number FROM `second-project`.same.names")
    assert [row["number"] for row in rows] == [2]


def test_a_dataset_that_is_deleted_in_one_project_stays_in_the_other(pair: Pair) -> None:
    first, second = pair
    first.delete_dataset("same", delete_contents=True)
    assert numbers(second) == [2]


def test_each_project_lists_its_own_jobs(pair: Pair) -> None:
    jobs = [{job.job_id for job in client.list_jobs()} for client in pair]
    assert jobs[0]
    assert jobs[1]
    assert not jobs[0] & jobs[1]
