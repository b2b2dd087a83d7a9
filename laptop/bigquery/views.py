"""Views and row policies are written into a statement that reads some, once while they stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlglot import errors

from .kept import SHELF
from .statements import REMEMBERED

Name = tuple[str, str, str]


@dataclass(frozen=True)
class _Views:
    """What a statement reads through views; the same while their texts are the same."""

    texts: tuple[tuple[Name, str], ...]
    catalog: Any = field(compare=False, repr=False)


def where_needed(
    rewrite: Callable[..., str], tables_of: Callable[[str], tuple[Name, ...]]
) -> Callable[..., str]:
    """The emulator's rewriting of a statement, left out or remembered where that is the same."""

    def read_by(sql: str, project_id: str, catalog: Any, seen: set[Name]) -> Iterator[Any]:
        """Every table that a statement reads, and what a view among them reads in its turn."""
        for owner, dataset, name in tables_of(sql):
            key = (owner or project_id, dataset, name)
            table = catalog.get_table(*key)
            if table is None or key in seen:
                continue
            seen.add(key)
            yield table
            if table.table_type == "VIEW":
                yield from read_by(table.view_query or "", project_id, catalog, seen)

    @lru_cache(maxsize=REMEMBERED)
    @SHELF.keeping
    def remembered(sql: str, project_id: str, views: _Views, options: tuple[Any, ...]) -> str:
        return rewrite(sql, project_id=project_id, catalog=views.catalog, **dict(options))

    def rewritten(sql: str, *, project_id: str, catalog: Any, **options: Any) -> str:
        texts = {}
        try:
            for table in read_by(sql, project_id, catalog, set()):
                key = (table.project_id, table.dataset_id, table.table_id)
                if catalog.list_row_access_policies(*key):
                    return rewrite(sql, project_id=project_id, catalog=catalog, **options)
                if table.table_type == "VIEW":
                    texts[key] = table.view_query or ""
        except errors.SqlglotError:
            return rewrite(sql, project_id=project_id, catalog=catalog, **options)
        if not texts:
            return sql
        views = _Views(tuple(sorted(texts.items())), catalog)
        return remembered(sql, project_id, views, tuple(options.items()))

    return rewritten
