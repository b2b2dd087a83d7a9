"""Google's own implementation of GoogleSQL, as WebAssembly: what a query gives in the service."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

from wasmtime import Config
from zetasql.api import CatalogBuilder
from zetasql.core import wasm_client
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.types import AnalyzerOptions, LanguageOptions, ZetaSQLBuiltinFunctionOptions
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as messages


class _CachedConfig(Config):
    """Keeps what was compiled in the user's cache: compiling costs half a minute of CPU."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = True


vars(wasm_client).update(Config=_CachedConfig)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Refused(Exception):
    """Google's implementation does not accept a query, or fails in it."""


def service() -> wasm_client.WasmClient:
    """What analyses and evaluates."""
    return ZetaSqlLocalService.get_instance().wasm_client


def answer(sql: str) -> list[Any]:
    """The only column of a query's rows; Refused with Google's words."""
    request = messages.PrepareQueryRequest(sql=sql, options=_options().to_proto())
    request.simple_catalog.CopyFrom(_functions())
    _, data = evaluated(request, messages.EvaluateQueryRequest())
    return [python(row.cell[0]) for row in data.row]


def evaluated(request: Any, parameters: Any) -> tuple[Any, Any]:
    """Columns and rows of a query over the tables of a request, as messages; Refused as above."""
    call = service().call_grpc_func
    request.options.default_timezone = parameters.options.default_timezone = "UTC"
    try:
        answered = call("ZetaSqlLocalService_PrepareQuery", request, messages.PrepareQueryResponse)
        parameters.prepared_query_id = answered.prepared.prepared_query_id
        given = call(
            "ZetaSqlLocalService_EvaluateQuery", parameters, messages.EvaluateQueryResponse
        )
    except Exception as error:
        raise Refused(f"{error}, of {request.sql}") from None
    return answered.prepared.columns, given.content.table_data


@cache
def _options() -> AnalyzerOptions:
    return AnalyzerOptions(language_options=LanguageOptions.maximum_features())


@cache
def _functions() -> Any:
    language = LanguageOptions.maximum_features()
    options = ZetaSQLBuiltinFunctionOptions(language_options=language)
    return CatalogBuilder("project").with_builtin_functions(options).build().to_proto()


def python(value: Any) -> Any:
    """A value as the client of BigQuery gives it."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(value, kind)
    if kind == "array_value":
        return [python(one) for one in found.element]
    if kind == "struct_value":
        return tuple(python(one) for one in found.field)
    if kind == "date_value":
        return (_EPOCH + dt.timedelta(days=found)).date()
    if kind == "timestamp_value":
        return _EPOCH + dt.timedelta(seconds=found.seconds, microseconds=found.nanos // 1000)
    if kind == "numeric_value":
        return Decimal(int.from_bytes(found, "little", signed=True)).scaleb(-9)
    return found
