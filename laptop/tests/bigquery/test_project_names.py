"""What is remembered of a text for one project is right for every other."""

from __future__ import annotations

import pytest
from google.cloud import bigquery

from laptop.bigquery.project_names import same_in_every_project, working_for

PROJECTS = ("one-of-two", "other-of-two")


@pytest.mark.parametrize("project", ["first-project", "second-project", "plain"])
def test_the_name_is_put_where_it_was(project: str) -> None:
    seen: list[str] = []

    @same_in_every_project
    def doubled(sql: str) -> str:
        seen.append(sql)
        return f"{sql}; {sql}"

    for name in ("first-project", "second-project", "plain"):
        with working_for(name):
            doubled(f"SELECT '{name}x' FROM `{name}.d.t`")
    with working_for(project):
        text = f"SELECT 1 FROM `{project}.d.t`"
        assert doubled(text) == f"{text}; {text}"


def test_a_text_is_worked_on_once_for_projects_that_are_written_alike() -> None:
    seen: list[str] = []

    @same_in_every_project
    def noted(sql: str) -> str:
        seen.append(sql)
        return sql

    for project in ("first-project", "second-project"):
        with working_for(project):
            assert noted(f"SELECT 1 FROM `{project}.d.t`") == f"SELECT 1 FROM `{project}.d.t`"
    assert len(seen) == 1


def test_an_error_shows_the_text_as_it_was_given() -> None:
    @same_in_every_project
    def refuses(sql: str) -> str:
        raise ValueError(sql)

    with working_for("first-project"), pytest.raises(ValueError, match=r"`first-project\.d\.t`"):
        refuses("SELECT 1 FROM `first-project.d.t`")


def test_two_projects_read_their_own_tables_and_call_their_own_functions(
    client: bigquery.Client,
) -> None:
    answers = []
    for figure, project in enumerate(PROJECTS, 1):
        made = bigquery.Dataset(f"{project}.d")
        made.location = client.location
        client.create_dataset(made)
        for statement in (
            f"CREATE TABLE `{project}.d.t` AS SELECT {figure} AS n",
            f"CREATE TABLE FUNCTION `{project}.d.f`(least INT64) AS"
            f" SELECT n FROM `{project}.d.t` WHERE n >= least",
            f"CREATE PROCEDURE `{project}.d.p`() BEGIN SELECT n FROM `{project}.d.f`(0); END",
        ):
            client.query_and_wait(statement, project=project)
        for question in (f"SELECT n FROM `{project}.d.f`(0)", f"CALL `{project}.d.p`()"):
            answers += [row["n"] for row in client.query_and_wait(question, project=project)]
    assert answers == [1, 1, 2, 2]
    listed = [[t.table_id for t in client.list_tables(f"{name}.d")] for name in PROJECTS]
    assert listed == [["t"]] * 2
