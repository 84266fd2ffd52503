"""What the demo's picture says of itself, and the process that its demo log tells.

No generator made the picture: paint_lantern.py did. This is a sample of what ComfyUI embeds and
of what a creator records, for a picture that such a workflow could have made.
"""

import json
from collections.abc import Sequence

SEED = 81723
DISCARDED_SEED = 40961
PROMPT = (
    "paper lantern over a quiet canal at dusk, glowing from inside, ink moon on the paper, "
    "wooden houses with lit windows, plum blossom, reflections on dark water"
)
FIRST_PROMPT = "paper lantern, canal, evening"
NEGATIVE = "people, text, watermark, blurry, lowres, neon signs"
CHECKPOINT = "dusk_painter_v1.safetensors"

NOTE = (
    "Painted by Sealbook's own script, examples/paint_lantern.py; no image generator was used. "
    "The prompt and workflow beside this note are a sample of ComfyUI's metadata."
)
LICENCE = "CC0 1.0 Universal, no rights reserved"

# ComfyUI's default text-to-image graph, the ids as its editor gives them.
_GRAPH: dict[str, tuple[str, dict[str, object]]] = {
    "3": (
        "KSampler",
        {
            "seed": SEED,
            "steps": 28,
            "cfg": 6.5,
            "sampler_name": "euler",
            "scheduler": "karras",
            "denoise": 1.0,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    ),
    "4": ("CheckpointLoaderSimple", {"ckpt_name": CHECKPOINT}),
    "5": ("EmptyLatentImage", {"width": 512, "height": 768, "batch_size": 1}),
    "6": ("CLIPTextEncode", {"text": PROMPT, "clip": ["4", 1]}),
    "7": ("CLIPTextEncode", {"text": NEGATIVE, "clip": ["4", 1]}),
    "8": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
    "9": ("SaveImage", {"filename_prefix": "lantern", "images": ["8", 0]}),
}
_SLOTS = {
    "KSampler": ["LATENT"],
    "CheckpointLoaderSimple": ["MODEL", "CLIP", "VAE"],
    "EmptyLatentImage": ["LATENT"],
    "CLIPTextEncode": ["CONDITIONING"],
    "VAEDecode": ["IMAGE"],
    "SaveImage": [],
}


def texts() -> dict[str, str]:
    """Return the texts of the PNG: as ComfyUI writes them, then what they really are."""
    return {
        "prompt": json.dumps(_prompt()),
        "workflow": json.dumps(_workflow()),
        "Disclaimer": NOTE,
        "Copyright": LICENCE,
    }


def _prompt() -> dict[str, object]:
    return {
        name: {"inputs": inputs, "class_type": kind, "_meta": {"title": kind}}
        for name, (kind, inputs) in _GRAPH.items()
    }


def _workflow() -> dict[str, object]:
    """Draw the graph as the editor saves it: nodes with places, and numbered links."""
    links: list[list[object]] = []
    for name, (_, inputs) in _GRAPH.items():
        sources = [value for value in inputs.values() if isinstance(value, list)]
        for slot, (source, output) in enumerate(sources):
            kind = _SLOTS[_GRAPH[source][0]][output]
            links.append([len(links) + 1, int(source), output, int(name), slot, kind])
    nodes = [
        {
            "id": int(name),
            "type": kind,
            "pos": [100 + 360 * (order % 4), 120 + 300 * (order // 4)],
            "size": [315, 262],
            "flags": {},
            "order": order,
            "mode": 0,
            "inputs": [
                {"name": key, "type": kind_of, "link": number}
                for key, value in inputs.items()
                if isinstance(value, list)
                for number, _, _, target, slot, kind_of in links
                if target == int(name) and slot == _slot(inputs, key)
            ],
            "outputs": [
                {
                    "name": slot_kind,
                    "type": slot_kind,
                    "slot_index": slot,
                    "links": [link[0] for link in links if link[1:3] == [int(name), slot]],
                }
                for slot, slot_kind in enumerate(_SLOTS[kind])
            ],
            "properties": {"Node name for S&R": kind},
            "widgets_values": [value for value in inputs.values() if not isinstance(value, list)],
        }
        for order, (name, (kind, inputs)) in enumerate(_GRAPH.items())
    ]
    return {
        "last_node_id": 9,
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _slot(inputs: dict[str, object], key: str) -> int:
    return [name for name, value in inputs.items() if isinstance(value, list)].index(key)


def steps(outputs: Sequence[str]) -> list[dict[str, str]]:
    """Return the four steps, given the digests of what each brought forth."""
    return [{"origin": "written", **step} for step in _steps(outputs)]


def _steps(outputs: Sequence[str]) -> list[dict[str, str]]:
    settings = {
        "tool": "ComfyUI",
        "negative_prompt": NEGATIVE,
        "steps": "28",
        "cfg": "6.5",
        "sampler": "euler",
        "scheduler": "karras",
        "model": CHECKPOINT,
    }
    return [
        {
            "kind": "generate",
            "note": "(a sample process) first idea: a lantern by the water, nothing more",
            "prompt": FIRST_PROMPT,
            "seed": str(DISCARDED_SEED),
            **settings,
            "size": "256x384",
            "output": outputs[0],
            "selection": "discarded",
            "reason": "the houses stand wrong and the blossom hides the moon",
        },
        {
            "kind": "generate",
            "parent": "0",
            "note": "wrote out the light, the moon on the paper and the plum branch; new seed",
            "prompt": PROMPT,
            "seed": str(SEED),
            **settings,
            "size": "256x384",
            "output": outputs[1],
            "selection": "kept",
            "reason": "the row of windows leads the eye to the lantern",
        },
        {
            "kind": "upscale",
            "note": "twice the size, same seed, to bring out ribs and paper",
            "parent": "1",
            "input": outputs[1],
            "prompt": PROMPT,
            "seed": str(SEED),
            **settings,
            "denoise": "0.45",
            "size": "512x768",
            "output": outputs[2],
            "selection": "kept",
            "reason": "the ink and the ripples are clear now",
        },
        {
            "kind": "edit",
            "note": "checked the colours, saved with its workflow and licence",
            "parent": "2",
            "input": outputs[2],
            "output": outputs[3],
            "selection": "kept",
            "reason": "this is the picture I publish",
        },
    ]
