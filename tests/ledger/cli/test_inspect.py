import argparse
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import ledger.cli
from ledger.cli import inspect
from ledger.errors import LimitExceeded, UnreadableFile

LANTERN = str(Path(ledger.cli.__file__).parent / "lantern.png")


def run(arguments: Sequence[str], *, as_json: bool = False) -> int:
    parser = argparse.ArgumentParser()
    inspect.add_arguments(parser)
    return inspect.run(argparse.Namespace(json=as_json, **vars(parser.parse_args(arguments))))


def test_json_of_one_file_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([LANTERN], as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["tool"], said["seed"], said["version"]) == ("ComfyUI", "81723", None)
    assert (said["media_type"], said["width"], said["height"]) == ("image/png", 512, 768)
    assert said["size"] == {"width": 512, "height": 768}
    assert said["evidence"] is False
    assert {"where", "name", "base64"} == set(said["raw"][0])


def test_json_of_several_files_is_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = tmp_path / "silent.png"
    silent.write_bytes(b"GIF89a")
    assert run([LANTERN, str(silent)], as_json=True) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["file"], second["file"]) == (LANTERN, str(silent))
    assert (second["media_type"], second["tool"], second["raw"]) == ("image/gif", None, [])
    assert set(first) == set(second)


def test_people_are_told_that_it_is_not_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = tmp_path / "silent.jpg"
    silent.write_bytes(b"")
    assert run([LANTERN, str(silent)]) == 0
    text = capsys.readouterr().out
    assert "not evidence" in text
    assert "seed            81723" in text
    assert "512 x 768" in text
    assert text.endswith("the file says nothing of its making\n")


def test_a_format_that_is_not_known_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comment = tmp_path / "comment.jpg"
    comment.write_bytes(b"\xff\xd8\xff\xfe\0\x07hello")
    assert run([str(comment)]) == 0
    text = capsys.readouterr().out
    assert "comment (5 bytes)" in text
    assert "no format that is known here" in text


def test_models_are_shown_with_hash_and_weight_and_nothing_moves_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        b"red\x1b[2J <lora:glow:0.8>\nsecond \xe2\x80\xae line\n"
        b"Steps: 1, Model: night, Model hash: abcd"
    )
    body = b"parameters\0" + text
    head = b"\x89PNG\r\n\x1a\n" + len(body).to_bytes(4, "big")
    picture = tmp_path / "hostile.png"
    picture.write_bytes(head + b"tEXt" + body + bytes(4))
    assert run([str(picture)]) == 0
    text_shown = capsys.readouterr().out
    assert "night [abcd]" in text_shown
    assert "glow weight 0.8" in text_shown
    assert "red\\x1b[2J" in text_shown
    assert "second \\u202e line" in text_shown
    assert "\x1b" not in text_shown


def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = io.BytesIO(Path(LANTERN).read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(picture))
    assert run(["-"], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == "81723"


@pytest.mark.parametrize("name", ["missing.png", ".", "nul\0byte"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match="expected a file to read"):
        run([f"{tmp_path}/{name}"])


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "MAX_FILE_BYTES", 1_000)
    with pytest.raises(LimitExceeded, match="at most 1000 bytes"):
        run([LANTERN])


def test_the_command_is_found_by_its_name() -> None:
    start = "import sys; from ledger.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "inspect"]
    done = subprocess.run(
        [*command, LANTERN, "--json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["prompt"].startswith("paper lantern")
    done = subprocess.run([*command, "missing.png"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("sealbook: expected a file to read, got missing.png")
