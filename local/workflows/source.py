"""YAML (or JSON) text as plain values that remember their lines."""

from __future__ import annotations

import re
from typing import Any

import yaml

from local.workflows.definition import DefinitionError, Finding

MAX_SOURCE = 128 * 1024


class Located(dict[str, Any]):
    """A map with the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars only: no dates, no yes/no, no sexagesimal numbers, no aliases."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1
            raise DefinitionError([Finding("", line, "YAML aliases are not supported")])
        return super().compose_node(parent, index)


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("null", r"^(~|null|Null|NULL|)$", "~nN")
_Loader.yaml_implicit_resolvers.setdefault("", []).extend(_Loader.yaml_implicit_resolvers["~"])
_resolve("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^[-+]?(0|[1-9][0-9]*)$", "-+0123456789")
_resolve("float", r"^[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$", "-+0123456789")


def read(text: str) -> Any:
    """The document's value; raises DefinitionError for what is not a workflow's YAML."""
    if len(text.encode()) > MAX_SOURCE:
        size = len(text.encode())
        raise DefinitionError([Finding("", 1, f"source of {size} bytes, at most {MAX_SOURCE}")])
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return _value(loader, node) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError([Finding("", line, f"not YAML: {error.problem}")]) from None
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _map(loader, node)
    if node.tag.endswith(("null", "bool", "int", "float", "str")):
        return loader.construct_object(node)
    raise DefinitionError([Finding("", node.start_mark.line + 1, f"unsupported tag {node.tag}")])


def _map(loader: _Loader, node: yaml.MappingNode) -> Located:
    result = Located()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None or key in result:
            problem = "a key must be a word" if key is None else f"duplicate key {key}"
            raise DefinitionError([Finding("", line, problem)])
        result[key] = _value(loader, value_node)
        result.lines[key] = line
    return result
