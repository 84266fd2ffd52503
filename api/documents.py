"""OpenAPI: what each route answers, with an example of each answer and each problem."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from ledger.encoding import Json
from ledger.errors import LedgerError

from .health_schemas import ProblemAnswer
from .problems import (
    FOREIGN_HOST,
    FOREIGN_ORIGIN,
    INTERNAL,
    MEDIA_TYPE,
    NO_JSON,
    NOT_JSON,
    Problem,
    body_of,
    problem_of,
)

Documented = dict[int | str, dict[str, Any]]

Told = tuple[tuple[Problem, str], ...]
_DOOR: Told = (
    (FOREIGN_ORIGIN, "expected a request of this server's own page, or of a program"),
    (FOREIGN_HOST, "expected a Host header that names this computer, such as localhost"),
    (INTERNAL, "this is a fault of the server, not of your request; it was logged"),
)
_BODY: Told = (
    NO_JSON,
    (NOT_JSON, "expected content-type: application/json, got another or none"),
)
_SCHEMA = {"$ref": "#/components/schemas/ProblemAnswer"}
ABOUT = """\
Proves what you made, how, and that you were first. Whatever this server says can be recomputed
from the chain and the manifests: it is trusted for availability only.

**Commit before you show.** Send leaf hashes (`POST /v1/leaves`): they hide everything. Show the
signed claims (`POST /v1/claims`) once the leaves are final. Until there are API keys, the server
answers its own computer only.
"""


def answers(
    status: int, *errors: LedgerError, body: bool = False, more: Told = (), **examples: Json
) -> Documented:
    """Return the documented answers of a route: the good one, by its examples, and the errors."""
    shown = {name: {"value": value} for name, value in examples.items()}
    documented: Documented = {
        status: {
            "description": "Done" if status < 202 else "Acknowledged: a restart does not lose it",  # noqa: PLR2004
            "content": {"application/json": {"examples": shown}},
        }
    }
    told = [(problem_of(error), str(error)) for error in errors]
    for problem, detail in (*told, *more, *(_BODY if body else ()), *_DOOR):
        entry = documented.setdefault(
            problem.status,
            {
                "description": problem.title,
                "content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": {}}},
            },
        )
        name = problem.type.rpartition(":")[2]
        entry["content"][MEDIA_TYPE]["examples"][name] = {"value": body_of(problem, detail)}
    return documented


def request_examples(**examples: Json) -> Mapping[str, Any]:
    """Return what FastAPI takes as the examples of a request's body."""
    return {name: {"value": value} for name, value in examples.items()}


def document(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    """Return the OpenAPI document, with the schema that all problems share."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        license_info=app.license_info,
    )
    schema = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    defined = schema.pop("$defs", {})
    found["components"]["schemas"] |= {**defined, "ProblemAnswer": schema}
    for path, method, documented in _documented(routers):
        answered = found["paths"][path][method]["responses"]
        for status, entry in documented.items():
            for kind, content in entry["content"].items():
                # FastAPI leaves out what is null: a part of the example
                answered[str(status)]["content"][kind]["examples"] = content["examples"]
    return found


def _documented(routers: Sequence[APIRouter]) -> Iterator[tuple[str, str, Documented]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for method in route.methods or ():
                    yield route.path, method.lower(), route.responses
