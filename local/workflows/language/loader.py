"""From source text to a definition; what deployment would reject becomes a finding."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from local.workflows.language import checks, source
from local.workflows.language import definition as tree
from local.workflows.language.definition import DefinitionError, Finding
from local.workflows.language.expressions import (
    Expression,
    ExpressionSyntaxError,
    Literal,
    compile_value,
    constant,
    dotted,
)
from local.workflows.language.retries import POLICIES, Policy
from local.workflows.language.source import Located

ACTIONS = ("assign", "call", "switch", "for", "parallel", "raise", "try", "return", "steps")
OTHERS = {"args", "result", "except", "retry", "next", "condition"}
DELAYS = {"initial_delay", "max_delay", "multiplier"}


def load(text: str, problem: checks.Problem) -> tree.Definition:
    """The definition in `text`; raises DefinitionError with every finding.

    `problem` says what is wrong with a blocking call's name and arguments.
    """
    try:
        built, findings = _built(source.read(text), problem)
    except RecursionError:
        findings = [Finding("", 1, "nested too deeply")]
    if findings:
        raise DefinitionError(sorted(set(findings), key=lambda finding: finding.line))
    return built


def _built(document: Any, problem: checks.Problem) -> tuple[tree.Definition, list[Finding]]:
    if findings := _schema(document):
        return {}, findings
    builder = _Builder()
    built = builder.definition(document)
    return built, builder.findings or checks.findings(built, problem)


@cache
def _validators() -> tuple[jsonschema.Draft7Validator, jsonschema.Draft7Validator]:
    """Google's published JSON Schema of the language: for a map, for a list of steps."""
    file = resources.files("local.workflows.language").joinpath("workflows.schema.json")
    schema = json.loads(file.read_text())
    shapes = ({**shape, "definitions": schema["definitions"]} for shape in schema["oneOf"])
    routines, steps = map(jsonschema.Draft7Validator, shapes)
    return routines, steps


def _schema(document: Any) -> list[Finding]:
    validator = _validators()[isinstance(document, list)]
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is None:
        return []
    step, line, node, path = "", 1, document, list(error.absolute_path)
    holders = ["", "steps" if isinstance(document, list) else "", *path]
    for holder, key in zip(holders, path, strict=False):
        if isinstance(node, Located):
            line = node.lines[str(key)]
            step = str(key) if holder in ("steps", "branches", "try") else step
        node = node[key]
    return [Finding(step, line, f"{'/'.join(map(str, path))}: {_explained(error)}")]


def _explained(error: jsonschema.ValidationError) -> str:
    instance: Any = error.instance
    if error.validator == "maxItems":
        return f"{len(instance)} entries, at most {error.validator_value} are allowed"
    return error.message if len(error.message) < 200 else f"violates {error.validator}"


class _Builder:
    """Builds from a document that the schema accepts; finds what the schema cannot."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.at = ("", 1)
        self.names: set[str] = set()

    def reject(self, message: str) -> None:
        self.findings.append(Finding(*self.at, message))

    def definition(self, document: Any) -> tree.Definition:
        if isinstance(document, list):
            return {"main": tree.Routine("main", 1, {}, self.block(document))}
        return {n: self.routine(n, document.lines[n], body) for n, body in document.items()}

    def routine(self, name: str, line: int, body: Any) -> tree.Routine:
        self.at, self.names = ("", line), set()
        parameters: dict[str, Any] = {}
        for item in body.get("params", []):
            if isinstance(item, dict) and len(item) == 1:
                parameters.update({name: self.constant(value) for name, value in item.items()})
            elif isinstance(item, str):
                parameters[item] = tree.UNSET
            else:
                self.reject(f"params of {name}: not a name or a name with a default: {item}")
        if "steps" not in body:
            self.reject(f"{name} has no steps")
        return tree.Routine(name, line, parameters, self.block(body.get("steps", [])))

    def block(self, steps: list[Located]) -> tree.Block:
        return tuple(self.named(item) for item in steps)

    def named(self, item: Located) -> tree.Step:
        [(name, body)] = item.items()
        self.at = (name, item.lines[name])
        if name in self.names:
            self.reject(f"duplicate step name {name}")
        if name in ("end", "break", "continue"):
            self.reject(f"{name} cannot be the name of a step")
        self.names.add(name)
        return self.step(name, item.lines[name], body)

    def step(self, name: str, line: int, body: dict[str, Any]) -> tree.Step:
        self.at = (name, line)
        actions = [key for key in ACTIONS if key in body]
        if len(actions) > 1 or not (actions or body.keys() & {"next", "condition"}):
            self.reject(f"a step does one of {', '.join(ACTIONS)}; found {actions or 'none'}")
        if unknown := body.keys() - {*ACTIONS, *OTHERS}:
            self.reject(f"unknown key {', '.join(sorted(unknown))}")
        action = self.action(actions[0], body) if actions else None
        self.at = (name, line)
        return tree.Step(name, line, action, body.get("next"))

    def action(self, key: str, body: dict[str, Any]) -> tree.Action:
        match key:
            case "assign":
                pairs = [pair for item in body["assign"] for pair in item.items()]
                return tree.Assign(tuple((self.target(n), self.value(v)) for n, v in pairs))
            case "call":
                arguments = {name: self.value(v) for name, v in body.get("args", {}).items()}
                result = self.target(body["result"]) if "result" in body else None
                return tree.Invoke(body["call"], arguments, result)
            case "switch":
                cases = [(self.value(c["condition"]), self.step(*self.at, c)) for c in body[key]]
                return tree.Switch(tuple(cases))
            case "raise" | "return":
                value = self.value(body[key])
                return tree.Raise(value) if key == "raise" else tree.Return(value)
            case "for":
                return self.loop(body["for"])
            case "parallel":
                return self.parallel(body["parallel"])
            case "try":
                return self.attempt(body)
        return tree.Nested(self.block(body["steps"]))

    def value(self, value: Any) -> Expression:
        try:
            return compile_value(value)
        except ExpressionSyntaxError as error:
            self.reject(str(error))
            return Literal(None)

    def constant(self, value: Any) -> Any:
        if not constant(self.value(value)):
            self.reject(f"must be a constant: {value}")
        return json.loads(json.dumps(value))

    def target(self, text: Any) -> Expression:
        target = self.value(f"${{{text}}}")
        if checks.root(target) is None:
            self.reject(f"cannot assign to {text}")
        return target

    def loop(self, body: dict[str, Any]) -> tree.For:
        items = self.value(body.get("in", body.get("range")))
        ranged = "range" in body
        return tree.For(body["value"], body.get("index"), items, ranged, self.block(body["steps"]))

    def parallel(self, body: dict[str, Any]) -> tree.Action:
        shared, limit = frozenset(body.get("shared", [])), body.get("concurrency_limit", 20)
        if limit < 1:
            self.reject(f"concurrency_limit must be positive, not {limit}")
        if "for" in body:
            return tree.Parallel((), self.loop(body["for"]), shared, limit)
        if not 2 <= len(body["branches"]) <= 10:
            self.reject(f"{len(body['branches'])} branches, from 2 to 10 are allowed")
        return tree.Parallel(self.block(body["branches"]), None, shared, limit)

    def attempt(self, body: dict[str, Any]) -> tree.Action:
        inner, handler = body["try"], body.get("except")
        if isinstance(inner, dict) and "for" in inner:
            self.reject("for cannot stand directly under try: wrap it in a step")
        if handler is not None and "steps" not in handler:
            self.reject("except has no steps")
            handler = None
        policy = self.policy(body["retry"]) if "retry" in body else None
        if isinstance(inner, dict) and inner.keys() == {"steps"}:
            inner = inner["steps"]
        listed = isinstance(inner, list)
        steps = self.block(inner) if listed else (self.step(*self.at, inner),)
        if handler is None:
            return tree.Try(steps, policy, None, None)
        return tree.Try(steps, policy, handler.get("as"), self.block(handler["steps"]))

    def policy(self, body: Any) -> Policy | None:
        if isinstance(body, str):
            policy = POLICIES.get(dotted(self.value(body)) or "")
            if policy is None:
                self.reject(f"unknown retry policy {body}; known: {', '.join(POLICIES)}")
            return policy
        backoff = body.get("backoff", {})
        if not {"predicate", "max_retries"} <= body.keys() or backoff.keys() != DELAYS:
            expected = ", ".join(sorted(DELAYS))
            self.reject(f"retry needs predicate, max_retries and backoff with {expected}")
            return None
        predicate = dotted(self.value(body["predicate"])) or body["predicate"]
        return Policy(predicate, body["max_retries"], **backoff)
