"""`python -m phase4.tables.reference > docs/tables.md`: the table reference, from the schemas."""

from __future__ import annotations

from collections.abc import Iterator

from phase4.tables.catalog import TABLES, TableSpec

TITLE = """# Tables

Generated from `phase4/tables/catalog.json`, `phase4/tables/schemas/` and the folders of
`phase4/tables/filled`; `make docs` writes it.
"""


def lines() -> Iterator[str]:
    """The lines of the page."""
    yield TITLE
    for spec in TABLES.values():
        yield from _table(spec)


def _table(spec: TableSpec) -> Iterator[str]:
    yield f"## {spec.dataset}.{spec.key}\n"
    yield spec.description + "\n"
    if spec.partition_field:
        demand = ", queries must filter by it" if spec.require_partition_filter else ""
        yield f"Partitioned by `{spec.partition_field}`{demand}.\n"
    if spec.cluster_fields:
        yield f"Clustered by {', '.join(f'`{name}`' for name in spec.cluster_fields)}.\n"
    yield "| column | type | |"
    yield "|---|---|---|"
    for column in spec.columns:
        mode = "" if column.get("mode", "NULLABLE") == "NULLABLE" else f" {column['mode'].lower()}"
        lack = ", may lack" if column["name"] in spec.optional_columns else ""
        kind = f"{column['type']}{mode}{lack}"
        yield f"| `{column['name']}` | {kind} | {column.get('description', '')} |"
    yield ""


if __name__ == "__main__":
    print("\n".join(lines()).strip())
