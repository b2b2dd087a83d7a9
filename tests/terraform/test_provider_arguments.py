"""Every resource as the provider takes it: provider_facts.json holds its arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.configuration import META, Block, Resource, nested, possible, resources

FACTS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("provider_facts.json").read_text()
)["resources"]
EVERY = pytest.mark.parametrize("resource", resources(), ids=lambda resource: resource.address)


def names(block: Block) -> set[str]:
    """Arguments and nested blocks that a block sets."""
    dynamic = {name for inner in block.get("dynamic", []) for name in inner}
    return (set(block) - META - {"dynamic"}) | dynamic


def levels(
    block: Block, facts: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Block, Mapping[str, Any]]]:
    """A block and all blocks inside it, each with its path and its facts."""
    yield path, block, facts
    for name in names(block) & set(facts):
        if "block" in facts[name]:
            for inner in nested(block, name):
                yield from levels(inner, facts[name]["block"], f"{path}{name}.")


def every_level(resource: Resource) -> Iterator[tuple[str, Block, Mapping[str, Any]]]:
    """All levels of a resource."""
    return levels(resource.body, FACTS[resource.type])


@EVERY
def test_every_argument_and_block_is_known(resource: Resource) -> None:
    unknown = [
        path + name
        for path, block, facts in every_level(resource)
        for name in names(block) - set(facts)
    ]
    assert unknown == []


@EVERY
def test_every_required_argument_is_there(resource: Resource) -> None:
    missing = [
        path + name
        for path, block, facts in every_level(resource)
        for name, fact in facts.items()
        if fact.get("required") and name not in names(block)
    ]
    assert missing == []


@EVERY
def test_nothing_is_set_that_the_provider_computes(resource: Resource) -> None:
    computed = [
        path + name
        for path, block, facts in every_level(resource)
        for name in names(block) & set(facts)
        if facts[name].get("computed")
        and not facts[name].get("optional")
        and not facts[name].get("required")
    ]
    assert computed == []


@EVERY
def test_enumerated_values_are_allowed_ones(resource: Resource) -> None:
    wrong = [
        f"{path}{name}={value}"
        for path, block, facts in every_level(resource)
        for name in names(block) & set(facts)
        if "values" in facts[name]
        for value in possible(resource, block.get(name))
        if value is not None and value not in facts[name]["values"]
    ]
    assert wrong == []


@EVERY
def test_blocks_are_blocks_and_no_more_than_the_provider_takes(resource: Resource) -> None:
    wrong = [
        path + name
        for path, block, facts in every_level(resource)
        for name in names(block) & set(facts)
        if "block" in facts[name]
        and not 1 <= len(nested(block, name)) <= facts[name].get("max", 1000)
    ]
    assert wrong == []


@EVERY
def test_arguments_that_exclude_each_other_are_not_set_together(resource: Resource) -> None:
    body, facts = names(resource.body), FACTS[resource.type]
    together = [
        (name, other)
        for name in body & set(facts)
        for other in facts[name].get("ConflictsWith", [])
        if other in body
    ]
    assert together == []


@EVERY
def test_literals_have_the_kind_that_the_provider_reads(resource: Resource) -> None:
    kinds: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,)}
    wrong = [
        f"{path}{name}={block[name]!r}"
        for path, block, facts in every_level(resource)
        for name in names(block) & set(facts) & set(block)
        if facts[name]["kind"] in kinds
        and not (isinstance(block[name], str) and "${" in block[name])
        and not isinstance(block[name], kinds[facts[name]["kind"]])
    ]
    assert wrong == []
