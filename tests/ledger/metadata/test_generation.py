import pytest

from ledger.errors import InvalidInput
from ledger.metadata import Generation, Model, Raw, Size
from ledger.metadata.generation import count, decimal, integer, size


def test_a_silent_generation_says_null_everywhere() -> None:
    assert Generation().to_json() == {
        "tool": None,
        "version": None,
        "prompt": None,
        "negative_prompt": None,
        "seed": None,
        "steps": None,
        "cfg": None,
        "sampler": None,
        "scheduler": None,
        "size": None,
        "models": [],
        "loras": [],
        "raw": [],
    }


def test_a_full_generation_is_written_with_strings_for_seeds_and_decimals() -> None:
    generation = Generation(
        seed="18446744073709551615",
        cfg="7.50",
        steps=20,
        size=Size(512, 768),
        models=(Model("m", "abcd"),),
        loras=(Model("l", weight="0.8"),),
        raw=(Raw("png:tEXt", "parameters", b"\xff\x00"),),
    )
    written = generation.to_json()
    assert written["seed"] == "18446744073709551615"
    assert written["cfg"] == "7.50"
    assert written["steps"] == 20
    assert written["size"] == {"width": 512, "height": 768}
    assert written["models"] == [{"name": "m", "hash": "abcd", "weight": None}]
    assert written["loras"] == [{"name": "l", "hash": None, "weight": "0.8"}]
    assert written["raw"] == [{"where": "png:tEXt", "name": "parameters", "base64": "/wA="}]


def test_wrong_values_cannot_be_made() -> None:
    with pytest.raises(InvalidInput, match="a seed"):
        Generation(seed="12a")
    with pytest.raises(InvalidInput, match="a cfg"):
        Generation(cfg="1" * 41)
    with pytest.raises(InvalidInput, match="steps"):
        Generation(steps=-1)
    with pytest.raises(InvalidInput, match="lone surrogate"):
        Generation(prompt="\ud800")
    with pytest.raises(InvalidInput, match="neither"):
        Model(None)
    with pytest.raises(InvalidInput, match="weight"):
        Model("m", weight="strong")
    with pytest.raises(InvalidInput, match="pixels"):
        Size(0, 1)


@pytest.mark.parametrize(
    ("text", "whole", "fraction", "counted"),
    [
        (None, None, None, None),
        ("", None, None, None),
        ("0", "0", "0", 0),
        ("-1", "-1", "-1", None),
        ("1.5", None, "1.5", None),
        ("1e-05", None, "1e-05", None),
        ("\u0661", None, None, None),
        ("1000000001", "1000000001", "1000000001", None),
        ("9" * 41, None, None, None),
    ],
)
def test_numbers_of_a_file_are_kept_only_if_they_are_numbers(
    text: str | None, whole: str | None, fraction: str | None, counted: int | None
) -> None:
    assert (integer(text), decimal(text), count(text)) == (whole, fraction, counted)


def test_a_size_needs_both_sides() -> None:
    assert size("512", "768") == Size(512, 768)
    assert size("512", None) is None
    assert size("0", "768") is None
