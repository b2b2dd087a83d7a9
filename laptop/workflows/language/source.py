"""YAML (or JSON) text as plain values that remember their lines."""

from __future__ import annotations

import re
from typing import Any

import yaml

from laptop.workflows.language.definition import DefinitionError, Finding
from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.operators import int64

MAX_SOURCE = 128 * 1024
# YAML 1.2: no dates, no yes/no, no sexagesimal or octal numbers. Pattern and first characters.
SCALARS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    "float": (r"[-+]?[0-9]+(\.[0-9]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)", list("-+0123456789")),
}


class Located(dict[str, Any]):
    """A map with the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class declares it

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise _refusal(self.line + 1, "YAML aliases are not supported")
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if tag := getattr(event, "tag", None):
            raise _refusal(self.line + 1, f"YAML tag {tag} is not supported")
        return super().compose_node(parent, index)


for tag, (pattern, first) in SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})$"), first)


def _refusal(line: int, message: str) -> DefinitionError:
    return DefinitionError([Finding("", line, message)])


def read(text: str) -> Any:
    """The document's value; raises DefinitionError for what is not a workflow's YAML."""
    if (size := len(text.encode())) > MAX_SOURCE:
        raise _refusal(1, f"source of {size} bytes, at most {MAX_SOURCE}")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise _refusal(mark.line + 1 if mark else 1, f"not YAML: {problem}") from None
    return _value(loader, node) if node else None


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _map(loader, node)
    value = loader.construct_object(node)
    try:
        return int64(value)
    except WorkflowError:
        message = f"integer {node.value} does not fit in 64 bits"
        raise _refusal(node.start_mark.line + 1, message) from None


def _map(loader: _Loader, node: yaml.MappingNode) -> Located:
    result = Located()
    for key_node, value_node in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key in result:
            raise _refusal(line, f"duplicate key or a key that is no word: {str(key)[:40]}")
        result[key] = _value(loader, value_node)
        result.lines[key] = line
    return result
