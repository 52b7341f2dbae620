"""What people make of a value by mistake: typing errors, wrong units, one thing taken for another."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.cloudformation.rules import Json

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
REFERENCES = {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Split"}


def damaged(key: str | int, node: Any, others: "Others") -> Iterator[tuple[str, Any]]:
    """Yield what may become of one value, by its kind, and what was done."""
    if isinstance(node, bool):
        yield "turned round", not node
    elif isinstance(node, int | float):
        yield from (("too large", node * 10), ("nought", 0))
    elif isinstance(node, str):
        yield from _texts(node)
    elif isinstance(node, dict) and node.keys() & REFERENCES:
        yield "a literal", "literal"
        yield from _references(node, others)
    yield from _permissions(key, node)


def _permissions(key: str | int, node: Any) -> Iterator[tuple[str, Any]]:
    if key in ("Action", "Resource") and isinstance(node, list):
        yield "everything", ["*"]
    if key == "Action" and isinstance(node, list):
        yield "all of a service", [f"{str(node[0]).partition(':')[0]}:*"]
    if key == "Principal":
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
    """Yield what may become of JSON within a string: cut off, or one of its values damaged."""
    yield "cut off", text[:-1]
    for place, how, value in _inner((), json.loads(text)):
        document: Any = json.loads(text)
        inner = document
        for key in place[:-1]:
            inner = inner[key]
        if value is GONE:
            del inner[place[-1]]
        else:
            inner[place[-1]] = value
        yield f"{'.'.join(map(str, place))} {how}", json.dumps(document)


def _inner(place: tuple[str | int, ...], node: Any) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    if place:
        yield place, "lost", GONE
        found = damaged(place[-1], node, Others({"Resources": {}}))
        yield from ((place, how, value) for how, value in found if value != node)
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = [*node.items()]
    elif isinstance(node, list):
        children = [*enumerate(node)]
    for key, value in children:
        yield from _inner((*place, key), value)


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


def _references(node: Json, others: "Others") -> Iterator[tuple[str, Any]]:
    match node:
        case {"Ref": name}:
            yield from ((f"{name} becomes {each}", {"Ref": each}) for each in others.like(name))
        case {"Fn::GetAtt": [name, attribute]}:
            for each in others.like(name):
                yield f"{name} becomes {each}", {"Fn::GetAtt": [each, attribute]}
        case {"Fn::Sub": str(text)}:
            yield from ((how, {"Fn::Sub": each}) for how, each in _substitutions(text, others))
        case _:
            yield from _expressions(node, others)


def _expressions(node: Json, others: "Others") -> Iterator[tuple[str, Any]]:
    match node:
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


def _substitutions(text: str, others: "Others") -> Iterator[tuple[str, str]]:
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


class Others:
    """What a reference may be taken for: another resource of its type, another parameter of its kind."""

    def __init__(self, template: Json) -> None:
        self._kinds: Mapping[str, str] = {
            **{name: _kind(name) for name in template.get("Parameters", {})},
            **{name: each["Type"] for name, each in template["Resources"].items()},
        }

    def like(self, name: str) -> list[str]:
        """Return at most three of its kind: its neighbours, and the last, which may be of another sort."""
        kind = self._kinds.get(name)
        alike = [each for each, other in self._kinds.items() if other == kind and each != name]
        return list(dict.fromkeys([*alike[:2], *alike[-1:]]))


def _kind(name: str) -> str:
    """The last word of a parameter's name, without its number: an Arn, an Id, a Name."""
    return str(re.findall(r"[A-Z][a-z]+", re.sub(r"[0-9]", "", name))[-1])
