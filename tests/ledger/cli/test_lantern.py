"""The demo's picture and its process agree with each other and with the readers."""

from pathlib import Path

import ledger.cli
from ledger.digest import Digest
from ledger.facts import judge_log
from ledger.metadata import ImageFacts, Model, Size, image_facts, read
from ledger.process import ProcessLog
from ledger.step import parse_steps

FOLDER = Path(ledger.cli.__file__).parent
PICTURE = (FOLDER / "lantern.png").read_bytes()
STEPS = parse_steps((FOLDER / "lantern.steps.jsonl").read_bytes())


def test_the_picture_is_small_and_whole() -> None:
    assert image_facts(PICTURE) == ImageFacts("image/png", 512, 768)
    assert len(PICTURE) < 460_000


def test_the_picture_says_what_comfyui_would_say_and_that_it_is_a_sample() -> None:
    found = read(PICTURE)
    assert found is not None
    assert (found.tool, found.seed, found.steps, found.cfg) == ("ComfyUI", "81723", 28, "6.5")
    assert (found.sampler, found.scheduler, found.size) == ("euler", "karras", Size(512, 768))
    assert (found.prompt or "").startswith("paper lantern")
    assert (found.negative_prompt or "").startswith("people")
    assert found.models == (Model("dusk_painter_v1.safetensors"),)
    texts = {raw.name: raw.value.decode() for raw in found.raw}
    assert "no image generator was used" in texts["Disclaimer"]
    assert "CC0" in texts["Copyright"]


def test_the_process_ends_in_the_picture() -> None:
    log = ProcessLog(bytes(32), bytes(32), STEPS)
    facts = judge_log(log, Digest.of(PICTURE))
    assert (facts.steps, facts.discarded, facts.faults) == (4, 1, ())
    assert (facts.final_step, facts.last_kept, facts.parents_unbroken) == (3, 3, True)


def test_the_process_tells_of_the_seed_and_prompt_of_the_picture() -> None:
    found = read(PICTURE)
    assert found is not None
    kept = STEPS[1].values
    assert (kept["seed"], kept["prompt"]) == (found.seed, found.prompt)
    assert [step.values["kind"] for step in STEPS] == ["generate", "generate", "upscale", "edit"]
