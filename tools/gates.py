"""A pytest plugin: the whole run fails when a check failed, or the domain is not fully covered.

Both are reported as errors, so that pytest's last line counts them.
"""

import io
import tomllib
from collections.abc import Generator

import pytest
from coverage import Coverage
from coverage.exceptions import CoverageException

from .place import ROOT

WHOLE = 100.0


def domain_files() -> list[str]:
    """Name the domain by patterns: every layer at or below `verification`; none is forgotten."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(each["layers"] for each in contracts if "containers" in each)
    nouns = [noun.strip() for line in layers for noun in line.split("|")]
    domain = nouns[nouns.index("verification") :]
    return [pattern for noun in domain for pattern in (f"ledger/{noun}.py", f"ledger/{noun}/*")]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take what make.py tells about the run."""
    parser.addoption("--failed-check", action="append", default=[], metavar="NAME")
    parser.addoption("--domain-coverage", action="store_true")


def _fail(session: pytest.Session, name: str, reason: str) -> None:
    report = pytest.TestReport(
        nodeid=name,
        location=("pyproject.toml", None, name),
        keywords={},
        outcome="failed",
        longrepr=reason,
        when="setup",
    )
    session.config.hook.pytest_runtest_logreport(report=report)


def _uncovered() -> str:
    """Tell what of the domain no test reached, as a table; empty when every branch was."""
    table = io.StringIO()
    measured = Coverage(config_file=str(ROOT / "pyproject.toml"))
    try:
        measured.load()
        total = measured.report(
            file=table, include=domain_files(), show_missing=True, skip_covered=True, precision=2
        )
    except CoverageException as error:
        return f"nothing was measured: {error}"
    return "" if total == WHOLE else table.getvalue()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Judge after the last test, when pytest-cov has put its measurements together."""
    result = yield
    config = session.config
    if hasattr(config, "workerinput"):  # a worker of xdist: only the head of the run judges
        return result
    for name in config.getoption("failed_check"):
        _fail(session, f"check: {name}", f"the check {name!r} failed: see its output above")
    if config.getoption("domain_coverage"):
        table = _uncovered()
        if table:
            _fail(session, "coverage of the domain", f"must be 100 % of branches:\n{table}")
    return result
