"""From source text to a definition; what deployment would reject becomes a finding."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, reduce
from importlib import resources
from operator import getitem
from typing import Any

import jsonschema

from laptop.workflows.language import checks, expressions, source
from laptop.workflows.language import definition as tree
from laptop.workflows.language.definition import DefinitionError, Finding
from laptop.workflows.language.retries import DEFAULT_POLICY, NO_RETRY, POLICIES
from laptop.workflows.language.source import Located

ACTIONS = ("assign", "call", "switch", "for", "parallel", "raise", "try", "return", "steps")
OTHERS = {"args", "result", "except", "retry", "next", "condition"}
EXPRESSION = {"type": "string", "pattern": r"^\s*\$\{.+\}\s*$"}
NUMBER = {"anyOf": [{"type": "number"}, EXPRESSION]}
ARGUMENTS = ("args", "properties")
POLLING = (*ARGUMENTS, "connector_params", "properties", "polling_policy", "properties")
BACKOFF = ("retry", "oneOf", 0, "properties", "backoff", "properties")
# Where Google's published schema is narrower than its documentation and its own examples.
LOOSER: dict[tuple[str | int, ...], Any] = {
    ("parallel", "properties", "concurrency_limit"): {
        "anyOf": [{"type": "integer", "minimum": 1}, EXPRESSION]
    },
    ("raise",): {},
    ("retry", "oneOf", 0, "properties", "max_retries"): NUMBER,
    **{(*BACKOFF, name): NUMBER for name in ("initial_delay", "max_delay", "multiplier")},
    **{(*POLLING, name): NUMBER for name in ("initial_delay", "max_delay", "multiplier")},
    (*ARGUMENTS, "timeout"): NUMBER,
    (*ARGUMENTS, "connector_params", "properties", "timeout"): NUMBER,
}


def load(text: str, problem: checks.Problem) -> tree.Definition:
    """The definition in `text`; raises DefinitionError with every finding.

    `problem` says what is wrong with a blocking call's name and arguments.
    """
    try:
        document = source.read(text)
        _validate(document)
        builder = _Builder()
        built = builder.definition(document)
        findings = builder.findings or checks.findings(built, problem)
    except RecursionError:
        raise DefinitionError([Finding("", 1, "nested too deeply")]) from None
    if findings:
        raise DefinitionError(sorted(dict.fromkeys(findings), key=lambda finding: finding.line))
    return built


@cache
def _validator(bare: bool) -> jsonschema.Draft7Validator:
    """Google's published JSON Schema: of a map of routines, or of a bare list of steps."""
    file = resources.files("laptop.workflows.language").joinpath("workflows.schema.json")
    schema = json.loads(file.read_text())
    for (*path, last), looser in LOOSER.items():
        reduce(getitem, path, schema["definitions"])[last] = looser
    form = schema["oneOf"][bare]
    return jsonschema.Draft7Validator({**form, "definitions": schema["definitions"]})


def _validate(document: Any) -> None:
    errors = _validator(isinstance(document, list)).iter_errors(document)
    error = jsonschema.exceptions.best_match(errors)
    if error is None:
        return
    step, line, node, path = "", 1, document, list(error.absolute_path)
    holders = ["", "steps" if isinstance(document, list) else "", *path]
    for holder, key in zip(holders, path, strict=False):
        if isinstance(node, Located):
            line = node.lines[str(key)]
            step = str(key) if holder in ("steps", "branches", "try") else step
        node = node[key]
    message = f"{'/'.join(map(str, path))}: {_explained(error)}"
    raise DefinitionError([Finding(step, line, message)])


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
            return {"main": tree.Routine({}, self.block(document))}
        return {n: self.routine(n, document.lines[n], body) for n, body in document.items()}

    def routine(self, name: str, line: int, body: Any) -> tree.Routine:
        self.at, self.names = ("", line), set()
        parameters: dict[str, Any] = {}
        for item in body.get("params", []):
            if not (isinstance(item, str) or (isinstance(item, dict) and len(item) == 1)):
                self.reject(f"params of {name}: not a name or a name with a default: {item}")
                continue
            [parameter] = [item] if isinstance(item, str) else item
            if parameter in parameters:
                self.reject(f"params of {name}: {parameter} is there twice")
            default = tree.UNSET if isinstance(item, str) else self.constant(item[parameter])
            parameters[parameter] = default
        if "steps" not in body:
            self.reject(f"{name} has no steps")
        return tree.Routine(parameters, self.block(body.get("steps", [])))

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
        return self.step(body)

    def step(self, body: dict[str, Any]) -> tree.Step:
        at = self.at
        actions = [key for key in ACTIONS if key in body]
        if len(actions) > 1 or not (actions or body.keys() & {"next", "condition"}):
            self.reject(f"a step does one of {', '.join(ACTIONS)}; found {actions or 'none'}")
        if unknown := body.keys() - {*ACTIONS, *OTHERS}:
            self.reject(f"unknown key {', '.join(sorted(unknown))}")
        action = self.action(body)
        self.at = at
        return tree.Step(*at, action, body.get("next"))

    def action(self, body: dict[str, Any]) -> tree.Action:
        match body:
            case {"assign": items}:
                pairs = [pair for item in items for pair in item.items()]
                return tree.Assign(tuple((self.target(n), self.value(v)) for n, v in pairs))
            case {"call": function}:
                arguments = {name: self.value(v) for name, v in body.get("args", {}).items()}
                result = self.target(body["result"]) if "result" in body else None
                return tree.Invoke(function, arguments, result)
            case {"switch": cases}:
                return tree.Switch(tuple((self.value(c["condition"]), self.step(c)) for c in cases))
            case {"for": loop}:
                return self.loop(loop)
            case {"parallel": parallel}:
                return self.parallel(parallel)
            case {"raise": value}:
                return tree.Raise(self.value(value))
            case {"try": inner}:
                return self.attempt(inner, body)
            case {"return": value}:
                return tree.Return(self.value(value))
            case {"steps": steps}:
                return tree.Nested(self.block(steps))
        return None

    def value(self, value: Any) -> expressions.Expression:
        try:
            return expressions.compile_value(value)
        except expressions.ExpressionSyntaxError as error:
            self.reject(str(error))
            return expressions.Literal(None)

    def constant(self, value: Any) -> Any:
        if not expressions.constant(self.value(value)):
            self.reject(f"must be a constant: {value}")
        return json.loads(json.dumps(value))

    def target(self, text: Any) -> tree.Target:
        target = tree.target(self.value(f"${{{text}}}"))
        if target is None:
            self.reject(f"cannot assign to {text}")
        return target or tree.Target("")

    def loop(self, body: dict[str, Any]) -> tree.For:
        items = self.value(body.get("in", body.get("range")))
        ranged = "range" in body
        return tree.For(body["value"], body.get("index"), items, ranged, self.block(body["steps"]))

    def parallel(self, body: dict[str, Any]) -> tree.Action:
        shared = frozenset(body.get("shared", []))
        limit = self.value(body.get("concurrency_limit", checks.MAX_CONCURRENT))
        if "for" in body:
            return tree.Parallel((), self.loop(body["for"]), shared, limit)
        if not 2 <= len(body["branches"]) <= 10:
            self.reject(f"{len(body['branches'])} branches, from 2 to 10 are allowed")
        return tree.Parallel(self.block(body["branches"]), None, shared, limit)

    def attempt(self, inner: Any, body: dict[str, Any]) -> tree.Action:
        if "for" in inner:
            self.reject("for cannot stand directly under try: wrap it in a step")
        handler = body.get("except", {})
        if "except" in body and "steps" not in handler:
            self.reject("except has no steps")
        retry = self.retry(body["retry"]) if "retry" in body else tree.Retry(NO_RETRY)
        steps = inner["steps"] if isinstance(inner, dict) and inner.keys() == {"steps"} else inner
        tried = self.block(steps) if isinstance(steps, list) else (self.step(steps),)
        caught = self.block(handler["steps"]) if "steps" in handler else None
        return tree.Try(tried, retry, handler.get("as"), caught)

    def retry(self, body: Any) -> tree.Retry:
        if isinstance(body, str):
            policy = POLICIES.get(expressions.dotted(self.value(body)) or "")
            if policy is None:
                self.reject(f"unknown retry policy {body}; known: {', '.join(POLICIES)}")
            return tree.Retry(policy or NO_RETRY)
        named = body.get("predicate", DEFAULT_POLICY.predicate)
        predicate = expressions.dotted(self.value(named)) or named
        given = {name: body[name] for name in ("max_retries",) if name in body}
        numbers = {**given, **body.get("backoff", {})}
        compiled = tuple((name, self.value(value)) for name, value in numbers.items())
        return tree.Retry(replace(DEFAULT_POLICY, predicate=predicate), compiled)
