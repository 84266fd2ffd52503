"""Files made by real generators, read by eye once; this runs where the samples are present."""

from pathlib import Path

import pytest

from ledger.metadata import Generation, Model, Size, read

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")

MIKU = "general, masterpiece, best quality, amazing quality, \n1girl, solo, hatsune miku, "
BAD = "bad quality, worst quality, worst detail, sketch, censor,"
WAI = Model("waiIllustriousSDXL_v160", "45a21ea00a")
DUCK = Generation(
    tool="AUTOMATIC1111",
    prompt="photo of a duck",
    negative_prompt="monochrome",
    seed="235284042",
    steps=15,
    cfg="5",
    sampler="UniPC",
    size=Size(512, 400),
    models=(Model("realistic_realisticVisionV20_v20", "c0d1994c73"),),
)


def said_by(name: str) -> Generation:
    found = read((SAMPLES / name).read_bytes())
    assert found is not None
    return found


def without_raw(found: Generation) -> dict[str, object]:
    return found.to_json() | {"raw": []}


@pytest.mark.parametrize(
    "name",
    ["automatic1111_cropped.png", "automatic1111_cropped.jpg", "text_after_idat.png"],
)
def test_the_duck_is_the_same_in_every_container(name: str) -> None:
    assert without_raw(said_by(f"sd-parsers/{name}")) == DUCK.to_json()


@pytest.mark.parametrize(
    ("name", "seed", "cfg"),
    [("png_sd-webui.png", "3782896554", "7"), ("jpg_sd-webui.jpg", "3623174757", "5.5")],
)
def test_whole_pictures_of_the_web_ui_are_read(name: str, seed: str, cfg: str) -> None:
    expected = Generation(
        tool="AUTOMATIC1111",
        version="v1.10.1",
        prompt=MIKU + "テスト",
        negative_prompt=BAD,
        seed=seed,
        steps=20,
        cfg=cfg,
        sampler="DPM++ 2M",
        scheduler="Karras",
        size=Size(1024, 1024),
        models=(WAI,),
    )
    assert without_raw(said_by(f"sd-metadata/{name}")) == expected.to_json()


def test_civitai_writes_the_same_text_in_the_other_byte_order() -> None:
    found = said_by("sd-metadata/jpg_civitai.jpeg")
    assert (found.tool, found.prompt) == ("Civitai", MIKU + "#テスト")
    assert (found.seed, found.steps, found.sampler) == ("1311178179", 25, "Euler a")


def test_a_whole_picture_of_comfyui_is_read() -> None:
    expected = Generation(
        tool="ComfyUI",
        prompt=MIKU + "テスト, ",
        negative_prompt=BAD + " \n",
        seed="422847914351919",
        steps=20,
        cfg="5.0",
        sampler="euler_ancestral",
        scheduler="karras",
        size=Size(1024, 1024),
        models=(Model("waiIllustriousSDXL_v160.safetensors"),),
    )
    assert without_raw(said_by("sd-metadata/png_comfyui.png")) == expected.to_json()


@pytest.mark.parametrize(
    ("name", "seed", "steps", "cfg", "sampler", "size", "model", "words"),
    [
        (
            "img2img_cropped.png",
            *("280823642470253", 20, "8.0", "sample_dpmpp_2m", None),
            "v1-5-pruned-emaonly.ckpt",
            ["photograph of victorian woman with wings, sky clouds, meadow grass\n"],
        ),
        (
            "night_evening_day_morning_cropped.png",
            *("335608130539327", 13, "8.5", "dpmpp_sde", Size(704, 1280)),
            "Anything-V3.0.ckpt",
            ["(night:1.3)", "(evening:1.2)", "(daytime:1.2)", "morning sky", "national park"],
        ),
        (
            "noisy_latents_3_subjects_cropped.png",
            *("512136241112371", 16, "7.0", "sample_dpmpp_sde", Size(1280, 704)),
            "Anything-V3.0.ckpt",
            ["sky clouds nature national park beautiful winter snow scenery"],
        ),
        (
            "unclip_2pass_cropped.png",
            *("1106257833005336", 26, "8.0", "uni_pc_bh2", Size(1280, 704)),
            "wd-1-5-beta2-aesthetic-unclip-h-fp32.safetensors",
            ["\n(waifu, anime, exceptional, best aesthetic"],
        ),
    ],
)
def test_the_first_sampler_of_a_graph_is_described(
    name: str,
    seed: str,
    steps: int,
    cfg: str,
    sampler: str,
    size: Size | None,
    model: str,
    words: list[str],
) -> None:
    found = said_by(f"sd-parsers/{name}")
    assert (found.tool, found.seed, found.steps, found.cfg) == ("ComfyUI", seed, steps, cfg)
    assert (found.sampler, found.size, found.models) == (sampler, size, (Model(model),))
    places = [(found.prompt or "").index(word) for word in words]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["empty_file.png", "empty_image.jpg"])
def test_empty_files_say_nothing(name: str) -> None:
    assert read((SAMPLES / "sd-parsers" / name).read_bytes()) is None


def test_every_sample_is_read_without_a_crash() -> None:
    for path in SAMPLES.glob("*/*"):
        data = path.read_bytes()
        for length in (len(data), len(data) // 2, 600, 100):
            read(data[:length])
