"""The Terraform configuration as Python values: blocks, locals, and the text behind references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).parent.parent.parent
TERRAFORM = ROOT / "terraform"
META = {"count", "for_each", "depends_on", "lifecycle", "provider"}
MARKS = ("__is_block__", "__comments__", "__inline_comments__")
REFERENCE = re.compile(r"\$\{(local|var|each\.value)\.([a-z_.-]+)\}")

Block = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One resource block."""

    type: str
    name: str
    body: Block

    @property
    def address(self) -> str:
        """`type.name`, as Terraform prints it."""
        return f"{self.type}.{self.name}"


def plain(value: Any) -> Any:
    """A parsed value without quotes and marks; expressions keep their `${…}`."""
    if isinstance(value, Mapping):
        return {plain(key): plain(inner) for key, inner in value.items() if key not in MARKS}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


@cache
def files() -> tuple[Block, ...]:
    """Every file, read once: reading takes seconds."""
    return tuple(
        plain(hcl2.loads(path.read_text("utf-8"))) for path in sorted(TERRAFORM.glob("*.tf"))
    )


@cache
def blocks(kind: str) -> tuple[Block, ...]:
    """All top-level blocks of a kind, of every file."""
    return tuple(block for file in files() for block in file.get(kind, ()))


@cache
def resources() -> tuple[Resource, ...]:
    """All resources."""
    return tuple(
        Resource(type_, name, body)
        for block in blocks("resource")
        for type_, named in block.items()
        for name, body in named.items()
    )


def of_type(type_: str) -> list[Resource]:
    """The resources of a type."""
    return [resource for resource in resources() if resource.type == type_]


@cache
def local_values() -> dict[str, Any]:
    """All locals by name."""
    return {name: value for block in blocks("locals") for name, value in block.items()}


@cache
def variables() -> dict[str, Block]:
    """All variable blocks by name."""
    return {name: body for block in blocks("variable") for name, body in block.items()}


def nested(block: Block, name: str) -> list[Block]:
    """The blocks of a name inside a block, those of `dynamic` included."""
    written = block.get(name, [])
    found = list(written) if isinstance(written, list) else []
    for dynamic in block.get("dynamic", []):
        if name in dynamic:
            found += dynamic[name]["content"]
    return found


def text_of(value: str, each: Mapping[str, Any] | None = None) -> str:
    """A template with references to locals, defaults and `each.value` replaced by their text."""

    def replaced(match: re.Match[str]) -> str:
        source, path = match.groups()
        start: Any = {"local": local_values(), "var": _defaults(), "each.value": each or {}}[source]
        for step in path.split("."):
            start = start[step]
        return text_of(str(start), each)

    return REFERENCE.sub(replaced, value)


def _defaults() -> dict[str, Any]:
    return {name: body["default"] for name, body in variables().items() if "default" in body}


def entries(resource: Resource) -> dict[str, Any]:
    """The entries of the literal map of locals that a resource is made for each of."""
    match = re.fullmatch(r"\$\{local\.(\w+)\}", str(resource.body.get("for_each", "")))
    value = local_values().get(match.group(1)) if match else None
    return value if isinstance(value, dict) else {}


def possible(resource: Resource, value: Any) -> list[Any]:
    """The literal values that an argument may take; none when only Terraform can tell."""
    if not isinstance(value, str) or "${" not in value:
        return [value]
    if match := re.fullmatch(r"\$\{each\.value\.(\w+)\}", value):
        return [entry[match.group(1)] for entry in entries(resource).values()]
    return []


def strings(value: Any) -> Iterator[str]:
    """Every string inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
