import pytest

from ledger.metadata import Generation, Model, Size
from ledger.metadata.a1111 import generation, parse
from ledger.metadata.text import Text

WHOLE = """a paper lantern,
Steps: of stone, <lora:glow:0.8> <lora:mist>
Negative prompt: blurry,
Negative prompt: is a phrase too
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4294967296, \
Size: 512x768, Model hash: c0d1994c73, Model: night_v2, Refiner: fine_v1 [abcdef0123], \
Lora hashes: "glow: 0123abcd, other: 4567ef, bad: xyz", Template: "one, \\"two\\"", \
Odd: "unclosed, Version: v1.10.1"""


def parsed(text: str) -> Generation:
    found = parse(text)
    assert found is not None
    return found


def test_everything_of_a_full_text_is_read() -> None:
    assert parsed(WHOLE) == Generation(
        tool="AUTOMATIC1111",
        version="v1.10.1",
        prompt="a paper lantern,\nSteps: of stone, <lora:glow:0.8> <lora:mist>",
        negative_prompt="blurry,\nNegative prompt: is a phrase too",
        seed="4294967296",
        steps=28,
        cfg="6.5",
        sampler="DPM++ 2M",
        scheduler="Karras",
        size=Size(512, 768),
        models=(Model("night_v2", "c0d1994c73"), Model("fine_v1", "abcdef0123")),
        loras=(Model("glow", "0123abcd", "0.8"), Model("mist"), Model("other", "4567ef")),
    )


def test_the_last_line_of_settings_counts() -> None:
    text = "a text about\nSteps: 5, Seed: 1\nof a machine\nSteps: 20, Seed: 2, Seed: 3"
    assert (parsed(text).prompt, parsed(text).seed) == (
        "a text about\nSteps: 5, Seed: 1\nof a machine",
        "2",
    )


def test_prompts_may_be_empty_or_unsaid() -> None:
    assert (parsed("Steps: 1").prompt, parsed("Steps: 1").negative_prompt) == ("", None)
    only_negative = parsed("Negative prompt: fog\nSteps: 1")
    assert (only_negative.prompt, only_negative.negative_prompt) == ("", "fog")


def test_settings_that_are_no_numbers_are_unsaid() -> None:
    found = parsed("a\nSteps: 20x, Seed: random, CFG scale: high, Size: bigxsmall")
    assert found == Generation(tool="AUTOMATIC1111", prompt="a")


@pytest.mark.parametrize(
    ("setting", "tool", "version"),
    [
        ("Version: v1.9.4", "AUTOMATIC1111", "v1.9.4"),
        ("Version: f2.0.1v1.10.1-previous-10-g1", "Forge", "f2.0.1v1.10.1-previous-10-g1"),
        ("Version: neo", "Forge", "neo"),
        ("Version: fd2b7e1", "AUTOMATIC1111", "fd2b7e1"),
        ("Version: Fooocus v2.5.5", "Fooocus", "v2.5.5"),
        ("Version: ComfyUI", "ComfyUI", None),
        ("App: SD.Next, Version: d3a1f2c", "SD.Next", "d3a1f2c"),
        ('Civitai resources: [{"type":"checkpoint","id":1}]', "Civitai", None),
        ("Denoising strength: 0.5", "AUTOMATIC1111", None),
    ],
)
def test_the_tool_is_told_by_its_version(setting: str, tool: str, version: str | None) -> None:
    found = parsed(f"a\nSteps: 1, {setting}, Seed: 7")
    assert (found.tool, found.version, found.seed) == (tool, version, "7")


def test_json_with_commas_and_half_characters_is_one_value() -> None:
    found = parsed('a\nSteps: 1, X: {"a": [1, 2], "b": 3}, Sampler: "\\ud800, b", Seed: 7')
    assert (found.sampler, found.seed) == ("?, b", "7")


def test_a_hash_alone_is_a_model() -> None:
    assert parsed("Steps: 1, Model hash: abcd").models == (Model(None, "abcd"),)


@pytest.mark.parametrize("text", ["", "a prompt alone", '{"prompt": "Steps: 20"}', "Steps: many"])
def test_other_texts_are_not_in_this_format(text: str) -> None:
    assert parse(text) is None


def test_only_its_own_texts_are_read() -> None:
    texts = [
        Text("png:tEXt", "Comment", b"", "Steps: 1"),
        Text("png:tEXt", "parameters", b"", "no settings"),
        Text("jpeg:exif", "UserComment", b"", "Steps: 3"),
    ]
    assert generation(texts) == Generation(tool="AUTOMATIC1111", prompt="", steps=3)
    assert generation(texts[:2]) is None


def test_hostile_texts_take_no_time() -> None:
    many = 200_000
    for text in (
        "<lora:" + "a" * 250 + "\n",
        '"[{',
        "a:[",
        'k:"',
        " ",
        "a: b [",
        "a:",
        "Steps: 1\n",
        'a:{","',
    ):
        parse(f"Steps: 1\n{text * many}\nSteps: 1, {text * many}")
    hashes = ",".join(f"n{number}: ab" for number in range(1_000))
    assert len(parsed(f'Steps: 1, Lora hashes: "{hashes}"').loras) == 256
    assert len(parsed("<lora:a:1>".join(map(str, range(many))) + "\nSteps: 1").loras) == 1
    nested = parsed("Steps: 1, X: " + "[" * many + ", Seed: 7")
    assert nested.seed == "7"
