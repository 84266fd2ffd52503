import json
import time

import pytest

from ledger.metadata import Generation, Model, Size
from ledger.metadata.comfyui import describe, generation
from ledger.metadata.graph import MAX_NODES, Graph, graph
from ledger.metadata.text import Text
from ledger.metadata.written_json import MAX_JSON_CHARACTERS, parse

type_ = "class_type"


def node(kind: str, **inputs: object) -> dict[str, object]:
    return {type_: kind, "inputs": inputs}


def graph_of(nodes: object) -> Graph:
    found = graph(parse(json.dumps(nodes)))
    assert found is not None
    return found


def described(nodes: object) -> Generation:
    return describe(graph_of(nodes))


def simple(**changes: object) -> dict[str, object]:
    """Make ComfyUI's default graph, with nodes changed or added by their id without the n."""
    nodes: dict[str, object] = {
        "3": node(
            "KSampler",
            seed=2**64 - 1,
            steps=20,
            cfg=7.0,
            sampler_name="euler",
            scheduler="karras",
            denoise=1,
            model=["10", 0],
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
        ),
        "4": node("CheckpointLoaderSimple", ckpt_name="night.safetensors"),
        "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="paper lantern\n", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="x", images=["8", 0]),
        "10": node(
            "LoraLoader", lora_name="glow", strength_model=0.80, model=["4", 0], clip=["4", 1]
        ),
    }
    return nodes | {name.removeprefix("n"): change for name, change in changes.items()}


def sampler(**inputs: object) -> dict[str, object]:
    return node("KSampler", **({"positive": ["6", 0], "seed": 1} | inputs))


def test_the_default_graph_is_read_whole() -> None:
    assert described(simple()) == Generation(
        tool="ComfyUI",
        prompt="paper lantern\n",
        negative_prompt="",
        seed="18446744073709551615",
        steps=20,
        cfg="7.0",
        sampler="euler",
        scheduler="karras",
        size=Size(512, 768),
        models=(Model("night.safetensors"),),
        loras=(Model("glow", weight="0.8"),),
    )


def test_of_several_samplers_the_first_executed_counts_and_the_models_of_all() -> None:
    found = described(
        simple(
            n8=node("VAEDecode", samples=["24", 0]),
            n22=node("LatentUpscale", width=1024, height=1536, samples=["3", 0]),
            n24=sampler(seed=99, model=["46", 0], positive=["6", 0], latent_image=["22", 0]),
            n46=node("UNETLoader", unet_name="fine.gguf"),
        )
    )
    assert found.seed == "18446744073709551615"
    assert found.size == Size(512, 768)
    assert found.models == (Model("night.safetensors"), Model("fine.gguf"))


def test_a_saved_picture_goes_before_a_previewed_one_and_before_other_ends() -> None:
    nodes = simple(
        n1=node("Nothing", images=["2", 0]),
        n2=sampler(seed=1),
        n11=node("PreviewImage", images=["12", 0]),
        n12=sampler(seed=2),
    )
    assert described(nodes).seed == "18446744073709551615"
    del nodes["9"]
    assert described(nodes).seed == "2"
    del nodes["11"], nodes["8"], nodes["3"]
    assert described(nodes).seed == "1"


def test_the_settings_of_custom_sampling_are_found_behind_their_inputs() -> None:
    found = described(
        {
            "1": node("RandomNoise", noise_seed=5),
            "2": node("CFGGuider", cfg=3.5, positive=["6", 0], negative=["7", 0], model=["4", 0]),
            "3": node(
                "SamplerCustomAdvanced",
                noise=["1", 0],
                guider=["2", 0],
                sampler=["10", 0],
                sigmas=["11", 0],
                latent_image=["5", 0],
            ),
            "4": node("UNETLoader", unet_name="flux"),
            "5": node("EmptySD3LatentImage", width=["12", 0], height=768),
            "6": node("FluxGuidance", guidance=3.5, conditioning=["8", 0]),
            "7": node("CLIPTextEncode", text="fog"),
            "8": node("CLIPTextEncodeFlux", clip_l="lantern", t5xxl="lantern"),
            "10": node("KSamplerSelect", sampler_name="euler"),
            "11": node("BasicScheduler", steps=8, scheduler="simple"),
            "12": node("PrimitiveInt", value=512),
        }
    )
    assert found == Generation(
        tool="ComfyUI",
        prompt="lantern",
        negative_prompt="fog",
        seed="5",
        steps=8,
        cfg="3.5",
        sampler="euler",
        scheduler="simple",
        size=Size(512, 768),
        models=(Model("flux"),),
    )


def test_a_guider_without_a_negative_has_no_negative_prompt() -> None:
    found = described(
        {
            "2": node("BasicGuider", conditioning=["6", 0]),
            "3": node("SamplerCustomAdvanced", noise=["1", 0], guider=["2", 0]),
            "6": node("CLIPTextEncode", text="lantern"),
        }
    )
    assert (found.prompt, found.negative_prompt, found.seed) == ("lantern", None, None)


def test_a_zeroed_negative_says_no_words() -> None:
    zero = node("ConditioningZeroOut", conditioning=["6", 0])
    assert described(simple(n7=zero)).negative_prompt is None


def test_combined_and_controlled_conditions_give_their_words_in_order() -> None:
    combined = node("ConditioningCombine", conditioning_1=["12", 0], conditioning_2=["13", 0])
    control = node("ControlNetApplyAdvanced", positive=["14", 0], negative=["7", 0], image=["1", 0])
    found = described(
        simple(
            n6=combined,
            n12=control,
            n13=node("CLIPTextEncode", text="second"),
            n14=node("Custom", thing=["15", 0], model=["4", 0]),
            n15=node("CLIPTextEncodeSDXL", text_g="first", text_l="first"),
        )
    )
    assert found.prompt == "first\nsecond"


def test_words_are_fetched_from_the_nodes_that_hold_or_join_them() -> None:
    found = described(
        simple(
            n6=node("CLIPTextEncode", text=["20", 0]),
            n7=node("CLIPTextEncode", text=["404", 0]),
            n20=node("StringConcatenate", string_a=["21", 0], string_b="at dusk", delimiter=" "),
            n21=node("PrimitiveString", value="a lantern"),
        )
    )
    assert (found.prompt, found.negative_prompt) == ("a lantern at dusk", None)


def test_loaders_that_hold_the_words_themselves_are_read() -> None:
    loader = node(
        "Efficient Loader",
        ckpt_name="night",
        lora_name="None",
        positive="lantern",
        negative="fog",
        empty_latent_width=512,
        empty_latent_height=768,
    )
    efficient = node(
        "KSampler (Efficient)",
        seed=["2", 0],
        model=["1", 0],
        positive=["1", 1],
        negative=["1", 2],
        latent_image=["1", 3],
    )
    found = described({"1": loader, "2": node("Seed (rgthree)", seed=-1), "3": efficient})
    assert (found.prompt, found.negative_prompt, found.seed) == ("lantern", "fog", "-1")
    assert (found.models, found.loras, found.size) == ((Model("night"),), (), Size(512, 768))
    inline = {"3": sampler(positive="all in one")}
    assert described(inline).prompt == "all in one"


def test_switched_loras_count_when_they_are_on() -> None:
    power = node(
        "Power Lora Loader (rgthree)",
        model=["4", 0],
        lora_1={"on": True, "lora": "a", "strength": 0.5},
        lora_2={"on": False, "lora": "b", "strength": 1},
        lora_3={"on": True},
        lora_4={"on": True, "lora": "c", "strength": "much"},
    )
    assert described(simple(n10=power)).loras == (Model("a", weight="0.5"), Model("c"))


def test_a_picture_made_from_a_picture_has_no_size_of_its_own() -> None:
    nodes = simple(n5=node("VAEEncode", pixels=["1", 0]), n1=node("LoadImage", image="x.png"))
    assert described(nodes).size is None


def test_computed_and_circular_values_are_unsaid() -> None:
    nodes = simple(
        n3=sampler(seed=["20", 0], steps=["22", 0], cfg=["a", "b"], latent_image=["404", 0]),
        n20=node("Primitive", value=["21", 0]),
        n21=node("Primitive", value=["20", 0]),
        n22=node("Math", a=1, b=2),
    )
    found = described(nodes)
    assert (found.seed, found.steps, found.cfg, found.size) == (None, None, None, None)


def test_a_graph_in_circles_is_walked_once() -> None:
    nodes = {
        "1": node("SaveImage", images=["2", 0]),
        "2": sampler(model=["2", 0], positive=["6", 0], latent_image=["3", 0]),
        "3": node("VAEEncode", pixels=["2", 0]),
        "6": node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["2", 0]),
    }
    assert described(nodes) == Generation(tool="ComfyUI", seed="1")


def test_a_graph_without_a_sampler_names_the_tool_alone() -> None:
    assert described({"1": node("SaveImage", images=["2", 0])}) == Generation(tool="ComfyUI")


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("prompt", "a lantern", False),
        ("prompt", "[]", False),
        ("prompt", "{}", False),
        ("prompt", '{"1": 2, "3": {"class_type": "A"}}', False),
        ("prompt", '{"1": 2, "3": {"class_type": "A", "inputs": {"x": NaN}}}', True),
        ("workflow", '{"nodes": []}', True),
        ("workflow", '{"nodes": 1}', False),
        ("workflow", "[" * 200_000, False),
        ("workflow", '{"nodes": []' + " " * MAX_JSON_CHARACTERS + "}", False),
        ("Comment", '{"nodes": []}', False),
    ],
)
def test_a_text_is_known_by_its_shape(name: str, text: str, known: bool) -> None:
    found = generation([Text("png:tEXt", name, b"", text)])
    assert found == (Generation(tool="ComfyUI") if known else None)


def test_half_characters_do_not_get_through() -> None:
    text = json.dumps(simple(n6=node("CLIPTextEncode", text="\ud800 lantern")))
    found = generation([Text("png:tEXt", "prompt", b"", text)])
    assert found is not None
    assert found.prompt == "? lantern"


def test_a_million_nodes_are_not_walked() -> None:
    assert graph({str(number): {} for number in range(MAX_NODES + 1)}) is None


def test_a_large_hostile_graph_is_walked_in_linear_time() -> None:
    count = 5_000
    chain = {
        str(number): sampler(
            model=[str(number + 1), 0],
            positive=[str(number + 1), 0],
            latent_image=[str(number + 1), 0],
            **{f"image{extra}": [str((number * extra) % count), 0] for extra in range(10)},
        )
        for number in range(count)
    }
    saves = {f"s{number}": node("SaveImage", images=["404", 0]) for number in range(count)}
    started = time.perf_counter()
    assert described(saves | chain).tool == "ComfyUI"
    assert time.perf_counter() - started < 10
