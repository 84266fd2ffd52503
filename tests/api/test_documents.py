"""The documentation is kept: docs/openapi.json does not lag, and all of it has examples."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tools.openapi import PATH, openapi, text

METHODS = ("get", "post")
DOCUMENT = openapi()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def shown(answer: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Yield each example of an answer, with its schema and its name."""
    for content in answer["content"].values():
        for name, example in content["examples"].items():
            yield content.get("schema", {}), name, example["value"]


def require_valid(value: object, schema: dict[str, Any]) -> None:
    whole = copy.deepcopy(schema) | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_the_committed_document_is_that_of_the_code() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run `python -m tools.openapi`"


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert len(list(operations())) == 9


@pytest.mark.parametrize(("path", "method", "operation"), list(operations()))
def test_every_route_and_every_error_has_examples_of_its_schema(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    assert operation["description"]
    for status, answer in operation["responses"].items():
        found = list(shown(answer))
        assert found, f"{method} {path} {status} has no example"
        for schema, name, value in found:
            require_valid(value, schema)
            if int(status) >= 400:
                assert value["type"].endswith(f":{name}")
                assert value["status"] == int(status)
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        assert content["examples"]
        for example in content["examples"].values():
            require_valid(example["value"], content["schema"])


def test_every_problem_of_the_documentation_is_json_of_its_own_kind() -> None:
    text_of = json.dumps(DOCUMENT)
    assert "HTTPValidationError" not in text_of
    assert "application/problem+json" in text_of
