"""What people get wrong in a template, tried everywhere: every value, list and reference is damaged in turn."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cloudformation.rules import Json

Path = tuple[str | int, ...]
GONE = object()
PLACEHOLDER = re.compile(r"\$\{([^!}]+)\}")
# What a hard-coded pseudo parameter looks like.
LITERALS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "todo-insights",
}
REFERENCES = ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::GetAZs", "Fn::Split")


@dataclass(frozen=True)
class Mutant:
    """One damage of one template: what was done (`how`) to what lies under `path`."""

    path: Path
    how: str
    value: Any

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))} {self.how}"

    def damage(self, template: Json) -> Callable[[], None]:
        """Put the damaged value into its place; return what mends it."""
        place: Any = template
        for key in self.path[:-1]:
            place = place[key]
        key = self.path[-1]
        before = place[key]

        def mend() -> None:
            if self.value is GONE and isinstance(place, list):
                place.insert(int(key), before)
            else:
                place[key] = before

        if self.value is GONE:
            del place[key]
        else:
            place[key] = self.value
        return mend


def mutants(template: Json) -> Iterator[Mutant]:
    """Yield every mutant of a template: its resources, parameters, conditions and outputs."""
    others = _Others(template)
    for name, resource in template["Resources"].items():
        yield Mutant(("Resources", name), "lost", GONE)
        for attribute, value in resource.items():
            if attribute not in ("Type", "Metadata"):
                yield from _walk(("Resources", name, attribute), value, others)
    for section in ("Parameters", "Conditions", "Outputs"):
        for name, value in template.get(section, {}).items():
            yield from _walk((section, name), value, others)
    for name, parameter in template.get("Parameters", {}).items():
        if "Default" not in parameter:
            yield Mutant(("Parameters", name), "given a default", {**parameter, "Default": ""})
    for name, output in template["Outputs"].items():
        yield Mutant(("Outputs", name), "exported", {**output, "Export": {"Name": name}})


def _walk(path: Path, node: Any, others: "_Others") -> Iterator[Mutant]:
    yield Mutant(path, "lost", GONE)
    yield from (Mutant(path, how, value) for how, value in _damaged(path[-1], node, others) if value != node)
    if isinstance(node, dict) and not node.keys() & set(REFERENCES):
        for key, value in node.items():
            yield from _walk((*path, key), value, others)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _walk((*path, number), value, others)
    elif isinstance(node, dict) and "Fn::If" in node:
        for number in (1, 2):
            yield from _walk((*path, "Fn::If", number), node["Fn::If"][number], others)


def _damaged(key: str | int, node: Any, others: "_Others") -> Iterator[tuple[str, Any]]:
    """Yield what may become of one value, by its kind."""
    if isinstance(node, bool):
        yield "turned round", not node
    elif isinstance(node, int | float):
        yield from (("too large", node * 10), ("nought", 0))
    elif isinstance(node, str):
        yield from _texts(node)
    elif isinstance(node, dict) and node.keys() & set(REFERENCES):
        yield "a literal", "literal"
        yield from _references(node, others)
    if key in ("Action", "Resource") and isinstance(node, list):
        service = str(node[0]).partition(":")[0]
        yield "everything", ["*"]
        if key == "Action":
            yield "all of a service", [f"{service}:*"]
    if key in ("Principal",):
        yield "everybody", "*"
    if key == "Effect":
        yield "turned round", {"Allow": "Deny", "Deny": "Allow"}[node]


def _texts(text: str) -> Iterator[tuple[str, str]]:
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        yield from (("too large", f"{float(text) * 10:g}"), ("nought", "0"))
    elif text in ("true", "false"):
        yield "turned round", {"true": "false", "false": "true"}[text]
    elif text.startswith("{") and "${" not in text:
        yield from _documents(text)
    elif text:
        yield "misspelt", misspelt(text)


def _documents(text: str) -> Iterator[tuple[str, str]]:
    """Yield what may become of JSON within a string."""
    document = json.loads(text)
    yield "cut off", text[:-1]
    for mutant in [*_walk(("document",), document, _Others({"Resources": {}}))][1:]:
        whole = {"document": json.loads(text)}
        mutant.damage(whole)
        yield f"{'.'.join(map(str, mutant.path[1:]))} {mutant.how}", json.dumps(whole["document"])


def misspelt(text: str) -> str:
    """Double the letter nearest to the middle of the longest word outside placeholders."""
    words = [found for found in re.finditer(r"[A-Za-z0-9_]+", PLACEHOLDER.sub(_blank, text))]
    longest = max(words, key=lambda word: len(word[0]), default=None)
    if longest is None:
        return f"{text}x"
    middle = (longest.start() + longest.end()) // 2
    return text[:middle] + text[middle] + text[middle:]


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _references(node: Json, others: "_Others") -> Iterator[tuple[str, Any]]:
    match node:
        case {"Ref": name}:
            yield from ((f"{name} becomes {each}", {"Ref": each}) for each in others.like(name))
        case {"Fn::GetAtt": [name, attribute]}:
            for each in others.like(name):
                yield f"{name} becomes {each}", {"Fn::GetAtt": [each, attribute]}
        case {"Fn::Sub": str(text)}:
            yield from ((how, {"Fn::Sub": each}) for how, each in _substitutions(text, others))
        case {"Fn::If": [condition, yes, no]}:
            yield "turned round", {"Fn::If": [condition, no, yes]}
        case {"Fn::Join": [separator, list(parts)]}:
            yield "shortened", {"Fn::Join": [separator, parts[:-1]]}
            for number, part in enumerate(parts):
                for how, each in _references(part, others) if isinstance(part, dict) else ():
                    yield how, {"Fn::Join": [separator, [*parts[:number], each, *parts[number + 1 :]]]}
        case {"Fn::Select": [index, source]}:
            yield "another", {"Fn::Select": [int(index) + 1, source]}
            yield "the first", {"Fn::Select": [0, source]}


def _substitutions(text: str, others: "_Others") -> Iterator[tuple[str, str]]:
    filled = re.sub(r"\$\{\w+(\.\w+)?\}", "filled", text)
    if text.startswith("{") and not text.startswith("{{"):
        # A document whose placeholders stand in strings reads as JSON as it is.
        yield from _documents(text)
    elif PLACEHOLDER.sub("", text).strip("/.:*"):
        yield "misspelt", misspelt(text)
    for name in dict.fromkeys(PLACEHOLDER.findall(filled)):
        if name in LITERALS:
            yield f"{name} hard-coded", text.replace(f"${{{name}}}", LITERALS[name], 1)
    for name in dict.fromkeys(PLACEHOLDER.findall(text)):
        title, dot, attribute = name.partition(".")
        for each in others.like(title):
            yield f"{name} becomes {each}", text.replace(f"${{{name}}}", f"${{{each}{dot}{attribute}}}", 1)


class _Others:
    """What a reference may be taken for: another resource of its type, another parameter of its kind."""

    def __init__(self, template: Json) -> None:
        self._kinds: Mapping[str, str] = {
            **{name: _kind(name) for name in template.get("Parameters", {})},
            **{name: each["Type"] for name, each in template["Resources"].items()},
        }

    def like(self, name: str) -> list[str]:
        """Return at most three of its kind: its neighbours, and the last one, which may be of the other sort."""
        kind = self._kinds.get(name)
        alike = [each for each, other in self._kinds.items() if other == kind and each != name]
        return list(dict.fromkeys([*alike[:2], *alike[-1:]]))


def _kind(name: str) -> str:
    """The last word of a parameter's name, without its number: an Arn, an Id, a Name."""
    return str(re.findall(r"[A-Z][a-z]+", re.sub(r"[0-9]", "", name))[-1])
