"""From source text to a definition; what deployment would reject becomes a finding."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from local.workflows import checks, source
from local.workflows.definition import (
    UNSET,
    Action,
    Assign,
    Block,
    Definition,
    DefinitionError,
    Finding,
    For,
    Invoke,
    Nested,
    Parallel,
    Raise,
    Return,
    Routine,
    Step,
    Switch,
    Try,
)
from local.workflows.expressions import (
    Expression,
    ExpressionSyntaxError,
    Literal,
    compile_value,
    dotted,
)
from local.workflows.retries import POLICIES, Policy
from local.workflows.source import Located

ACTIONS = (
    "assign",
    "call",
    "switch",
    "for",
    "parallel",
    "raise",
    "try",
    "return",
    "steps",
)
COMPANIONS = {"args": "call", "result": "call", "retry": "try", "except": "try"}
MAX_ENTRIES = 50
MAX_BRANCHES = 10


def load(text: str) -> Definition:
    """The definition in `text`; raises DefinitionError with every finding."""
    builder = _Builder()
    definition = builder.definition(source.read(text))
    findings = builder.findings or checks.findings(definition) or _schema(text)
    if findings:
        raise DefinitionError(sorted(set(findings), key=lambda finding: finding.line))
    return definition


def check(text: str) -> list[Finding]:
    """What deployment would reject, in the order of the lines; empty if nothing."""
    try:
        load(text)
    except DefinitionError as error:
        return error.findings
    return []


@cache
def _validator() -> jsonschema.Draft7Validator:
    """Google's published JSON Schema of the language."""
    schema = resources.files("local.workflows").joinpath("workflows.schema.json")
    return jsonschema.Draft7Validator(json.loads(schema.read_text()))


def _schema(text: str) -> list[Finding]:
    document = source.read(text)
    error = jsonschema.exceptions.best_match(_validator().iter_errors(document))
    if error is None:
        return []
    node, line = document, 1
    for key in error.absolute_path:
        line = node.lines[key] if isinstance(node, Located) else line
        node = node[key]
    path = "/".join(str(part) for part in error.absolute_path)
    return [Finding("", line, f"Google's JSON Schema: {path}: {error.message}")]


class _Builder:
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.step = ""
        self.line = 1

    def reject(self, message: str) -> None:
        self.findings.append(Finding(self.step, self.line, message))

    def definition(self, document: Any) -> Definition:
        if isinstance(document, list):
            return {"main": Routine("main", 1, {}, self.block(document))}
        if not isinstance(document, Located) or "main" not in document:
            self.reject("a workflow is a list of steps or a map with main")
            return {}
        return {
            name: self.routine(name, document.lines[name], body) for name, body in document.items()
        }

    def routine(self, name: str, line: int, body: Any) -> Routine:
        self.step, self.line = "", line
        if not isinstance(body, dict) or "steps" not in body or body.keys() - {"params", "steps"}:
            self.reject(f"{name} must have steps, may have params, and nothing else")
            return Routine(name, line)
        parameters = self.parameters(name, body.get("params", []))
        return Routine(name, line, parameters, self.block(body["steps"]))

    def parameters(self, routine: str, declared: Any) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        for item in declared if isinstance(declared, list) else [None]:
            with_default = isinstance(item, dict) and len(item) == 1 and routine != "main"
            if not with_default and not isinstance(item, str):
                self.reject(f"params of {routine}: not a name or a name with a default: {item}")
            else:
                parameters.update(item if isinstance(item, dict) else {item: UNSET})
        return parameters

    def block(self, steps: Any) -> Block:
        if not isinstance(steps, list) or not steps:
            self.reject("steps must be a list of at least one step")
            return ()
        return tuple(step for item in steps if (step := self.named(item)))

    def named(self, item: Any) -> Step | None:
        if not isinstance(item, Located) or len(item) != 1:
            self.reject(f"a step is a map with one name, not {str(item)[:60]}")
            return None
        [(name, body)] = item.items()
        self.step, self.line = name, item.lines[name]
        if name in ("end", "break", "continue"):
            self.reject(f"{name} cannot be the name of a step")
        return self.built(name, item.lines[name], body)

    def built(self, name: str, line: int, body: Any, condition: bool = False) -> Step:
        actions = [key for key in ACTIONS if isinstance(body, dict) and key in body]
        if not isinstance(body, dict) or len(actions) > 1:
            self.reject(f"a step does one thing, found {', '.join(actions) or body}")
            return Step(name, line, None)
        known = {*ACTIONS, *COMPANIONS, "next", *(("condition",) if condition else ())}
        for key in body.keys() - known:
            self.reject(f"unknown key {key}")
        for key, owner in COMPANIONS.items():
            if key in body and owner not in body:
                self.reject(f"{key} without {owner}")
        if not actions and "next" not in body and not condition:
            self.reject(f"the step does nothing; expected one of {', '.join(ACTIONS)}, next")
        action = self.action(actions[0], body, name, line) if actions else None
        self.step, self.line = name, line
        return Step(name, line, action, self.text(body, "next"))

    def text(self, body: dict[str, Any], key: str) -> str | None:
        value = body.get(key)
        if value is not None and not isinstance(value, str):
            self.reject(f"{key} must be a word, not {value}")
            return None
        return value

    def value(self, value: Any) -> Expression:
        try:
            return compile_value(value)
        except ExpressionSyntaxError as error:
            self.reject(str(error))
            return Literal(None)

    def action(self, key: str, body: Located, name: str, line: int) -> Action:
        match key:
            case "assign":
                return self.assign(body["assign"])
            case "call":
                return self.call(body)
            case "switch":
                return self.switch(body["switch"], name, line)
            case "for":
                return self.loop(body["for"])
            case "parallel":
                return self.parallel(body["parallel"])
            case "raise":
                return Raise(self.value(body["raise"]))
            case "return":
                return Return(self.value(body["return"]))
            case "try":
                return self.attempt(body, name, line)
        return Nested(self.block(body["steps"]))

    def entries(self, key: str, items: Any) -> list[Any]:
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self.reject(f"{key} must be a list of maps")
            return []
        if not 1 <= len(items) <= MAX_ENTRIES:
            self.reject(f"{key} of {len(items)} entries, from 1 to {MAX_ENTRIES} are allowed")
        return items

    def assign(self, items: Any) -> Action:
        entries = self.entries("assign", items)
        if any(len(item) != 1 for item in entries):
            self.reject("each entry of assign sets one variable")
        pairs = [pair for item in entries for pair in item.items()]
        return Assign(tuple((self.target(name), self.value(value)) for name, value in pairs))

    def target(self, text: Any) -> Expression:
        target = self.value(f"${{{text}}}")
        if checks.root(target) is None:
            self.reject(f"cannot assign to {text}")
        return target

    def call(self, body: Located) -> Action:
        arguments = body.get("args", {})
        if not isinstance(arguments, dict):
            self.reject("args must be a map")
            arguments = {}
        result = self.target(body["result"]) if "result" in body else None
        compiled = {name: self.value(value) for name, value in arguments.items()}
        return Invoke(self.text(body, "call") or "", compiled, result)

    def switch(self, items: Any, name: str, line: int) -> Action:
        cases = []
        for item in self.entries("switch", items):
            self.step, self.line = name, line
            if "condition" not in item:
                self.reject("each entry of switch needs a condition")
            condition = self.value(item.get("condition"))
            cases.append((condition, self.built(name, line, item, condition=True)))
        return Switch(tuple(cases))

    def loop(self, body: Any) -> For:
        if not isinstance(body, dict) or not {"value", "steps"} <= body.keys():
            self.reject("for needs value, steps and one of in, range")
            return For("", None, Literal(None), False, ())
        if body.keys() - {"value", "index", "in", "range", "steps"} or (
            ("in" in body) == ("range" in body)
        ):
            self.reject(f"for needs value, steps and one of in, range; found {', '.join(body)}")
        items = self.value(body.get("in", body.get("range")))
        value, index = self.text(body, "value") or "", self.text(body, "index")
        return For(value, index, items, "range" in body, self.block(body["steps"]))

    def parallel(self, body: Any) -> Action:
        if not isinstance(body, dict) or ("for" in body) == ("branches" in body):
            self.reject("parallel needs either branches or for")
            return None
        if body.get("exception_policy", "continueAll") != "continueAll":
            self.reject("exception_policy: only continueAll is supported")
        limit = body.get("concurrency_limit", 20)
        if type(limit) is not int or limit < 1:
            self.reject(f"concurrency_limit must be a positive integer, not {limit}")
        loop = self.loop(body["for"]) if "for" in body else None
        branches = self.branches(body["branches"]) if "branches" in body else ()
        return Parallel(branches, loop, frozenset(body.get("shared", [])), limit)

    def branches(self, items: Any) -> tuple[tuple[str, Block], ...]:
        if isinstance(items, list) and not 2 <= len(items) <= MAX_BRANCHES:
            self.reject(f"parallel of {len(items)} branches, from 2 to {MAX_BRANCHES} are allowed")
        return tuple(
            (branch.name, branch.action.body if isinstance(branch.action, Nested) else (branch,))
            for branch in self.block(items)
        )

    def attempt(self, body: Located, name: str, line: int) -> Action:
        inner = body["try"]
        if isinstance(inner, dict) and "for" in inner:
            self.reject("for cannot stand directly under try: wrap it in a step")
        if isinstance(inner, dict) and inner.keys() == {"steps"}:
            inner = inner["steps"]
        steps = self.block(inner) if isinstance(inner, list) else (self.built(name, line, inner),)
        self.step, self.line = name, line
        policy = self.policy(body["retry"]) if "retry" in body else None
        if "except" not in body:
            return Try(steps, policy, None, None)
        handler = body["except"]
        if (
            not isinstance(handler, dict)
            or "steps" not in handler
            or handler.keys()
            - {
                "as",
                "steps",
            }
        ):
            self.reject("except needs steps, may have as, and nothing else")
            return Try(steps, policy, None, ())
        return Try(steps, policy, self.text(handler, "as"), self.block(handler["steps"]))

    def policy(self, body: Any) -> Policy | None:
        if isinstance(body, str):
            policy = POLICIES.get(dotted(self.value(body)) or "")
            if policy is None:
                self.reject(f"unknown retry policy {body}; known: {', '.join(POLICIES)}")
            return policy
        backoff = body.get("backoff") if isinstance(body, dict) else None
        if not isinstance(backoff, dict) or not {"predicate", "max_retries"} <= body.keys():
            self.reject("retry needs predicate, max_retries and backoff")
            return None
        predicate = dotted(self.value(body["predicate"]))
        numbers = {"max_retries": body["max_retries"], **backoff}
        expected = {"max_retries", "initial_delay", "max_delay", "multiplier"}
        if numbers.keys() != expected or any(type(n) not in (int, float) for n in numbers.values()):
            self.reject(f"retry needs numbers for {', '.join(sorted(expected))}")
            return None
        return Policy(predicate or "", **numbers)
