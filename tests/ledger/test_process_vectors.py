"""The process log's vectors, on the library and on the verifier printed in docs/process-log.md."""

import contextlib
import io
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from ledger.disclosure import Disclosure, verify_disclosure
from ledger.errors import InvalidInput
from ledger.process import PrefixProof, ProcessLog, field_commitment, verify_prefix
from ledger.step import KNOWN_FIELDS, Step, parse_steps

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "process"
PAGE = (ROOT / "docs" / "process-log.md").read_text(encoding="utf-8")
CASES = sorted(folder.name for folder in VECTORS.iterdir() if folder.is_dir())


def cases(kind: str) -> list[str]:
    found = [name for name in CASES if name.startswith(kind + "-")]
    assert found
    return found


def read(name: str, file: str) -> Any:  # noqa: ANN401 - whatever the vector holds
    return json.loads((VECTORS / name / file).read_bytes())


def unhex(written: str) -> bytes:
    return bytes.fromhex(written.removeprefix("0x"))


def printed() -> tuple[dict[str, Any], str]:
    """Run the page's Python; return its names and what it printed."""
    names: dict[str, Any] = {}
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), names)  # noqa: S102
    return names, output.getvalue()


REFERENCE, OUTPUT = printed()


def test_the_vectors_are_those_that_their_script_writes() -> None:
    script = runpy.run_path(str(VECTORS.parent / "generate_process.py"))
    files = {path for path in VECTORS.rglob("*") if path.is_file()}
    assert {p.relative_to(VECTORS).as_posix(): p.read_bytes() for p in files} == script["files"]()


def test_a_case_that_fails_says_why_and_no_other_does() -> None:
    for name in CASES:
        assert (VECTORS / name / "why.txt").exists() == name.endswith("_fail"), name


@pytest.mark.parametrize("name", cases("log"))
def test_a_log_has_the_roots_that_its_vector_states(name: str) -> None:
    vector = read(name, "log.json")
    log = ProcessLog(
        unhex(vector["log_id"]), unhex(vector["secret"]), tuple(map(Step.of, vector["steps"]))
    )
    assert parse_steps((VECTORS / name / "steps.jsonl").read_bytes()) == log.steps
    assert list(log.leaf_hashes) == [unhex(leaf) for leaf in vector["leaf_hashes"]]
    assert log.merkle_root == unhex(vector["merkle_root"])
    assert log.root == unhex(vector["root"])
    for each in vector["fields"]:
        salt, value = unhex(each["salt"]), vector["steps"][each["step"]][each["name"]]
        assert log.salt_of(each["step"], each["position"]) == salt
        assert field_commitment(each["name"], value, salt) == unhex(each["commitment"])


@pytest.mark.parametrize("name", cases("log"))
def test_the_page_computes_the_same_root_without_the_library(name: str) -> None:
    vector = read(name, "log.json")
    root = REFERENCE["log_root"](unhex(vector["log_id"]), unhex(vector["secret"]), vector["steps"])
    assert root == unhex(vector["root"])


@pytest.mark.parametrize("name", cases("steps"))
def test_a_file_of_steps_is_read_or_refused(name: str) -> None:
    data = (VECTORS / name / "steps.jsonl").read_bytes()
    if name.endswith("_fail"):
        with pytest.raises(InvalidInput, match=r"^line \d+: "):
            parse_steps(data)
    else:
        parse_steps(data)


@pytest.mark.parametrize("name", cases("disclosure"))
def test_a_disclosure_is_verified_or_refused(name: str) -> None:
    signed = read(name, "signed.json")
    root, steps = unhex(signed["root"]), signed["steps"]
    try:
        disclosure = Disclosure.decode((VECTORS / name / "disclosure.json").read_bytes())
    except InvalidInput:
        assert name.endswith("_fail")
        return
    holds = not name.endswith("_fail")
    assert verify_disclosure(disclosure, root, steps) is holds
    assert REFERENCE["verify"](read(name, "disclosure.json"), root, steps) is holds


@pytest.mark.parametrize("name", cases("prefix"))
def test_a_prefix_is_verified_or_refused(name: str) -> None:
    proof = PrefixProof.decode((VECTORS / name / "prefix.json").read_bytes())
    signed = read(name, "signed.json")
    holds = verify_prefix(
        proof,
        unhex(signed["log_id"]),
        signed["old_steps"],
        unhex(signed["old_root"]),
        signed["steps"],
        unhex(signed["root"]),
    )
    assert holds is not name.endswith("_fail")


def test_the_page_prints_what_it_says() -> None:
    stated = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert stated is not None
    assert stated.group(1).strip() == OUTPUT.strip()


def test_the_pages_example_is_the_librarys_log() -> None:
    log_id, secret, steps = (REFERENCE[name] for name in ("log_id", "secret", "steps"))
    log = ProcessLog(log_id, secret, tuple(map(Step.of, steps)))
    assert log.root.hex() in OUTPUT
    assert log.salt_of(0, 1).hex() in OUTPUT


def test_the_page_lists_the_known_names_with_their_meanings() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == list(KNOWN_FIELDS.items())


def test_the_pages_file_of_steps_is_one() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert len(parse_steps(example.group(1).encode())) == 2
