"""The checkpoints and LoRAs that ComfyUI samplers were given, found behind their model inputs."""

from collections.abc import Sequence

from .generation import Model, decimal
from .graph import Graph, Node
from .written_json import Written

_CHECKPOINTS = ("ckpt_name", "unet_name", "model_name")
_STRENGTHS = ("strength_model", "lora_model_strength", "strength")
_CARRIERS = ("model", "guider", "lora", "pipe")
# How loaders write that nothing was chosen.
_NOTHING = ("", "None")


def models_of(found: Graph, samplers: Sequence[Node]) -> tuple[Model, ...]:
    """Return the checkpoints, in the order of execution."""
    names = (
        found.scalar(node, key)
        for node in _carriers(found, samplers)
        for key in _CHECKPOINTS
        if key in node.inputs
    )
    return tuple(Model(name) for name in names if name is not None and name not in _NOTHING)


def loras_of(found: Graph, samplers: Sequence[Node]) -> tuple[Model, ...]:
    """Return the LoRAs with their weights on the model, in the order of execution."""
    loras: list[Model] = []
    for node in _carriers(found, samplers):
        name = found.scalar(node, "lora_name")
        if name is not None and name not in _NOTHING:
            loras.append(Model(name, weight=decimal(found.scalar(node, *_STRENGTHS))))
        loras.extend(_switched(node))
    return tuple(loras)


def _carriers(found: Graph, samplers: Sequence[Node]) -> list[Node]:
    """Return the nodes that the samplers' models came through, loaders first."""
    seen: set[str] = set()
    return [
        node
        for sampler in samplers
        for source in _model_sources(sampler)
        for node in found.upstream(source, _model_sources, seen)
    ]


def _model_sources(node: Node) -> list[str]:
    return [
        source for name, source in node.links() if any(carrier in name for carrier in _CARRIERS)
    ]


def _switched(node: Node) -> list[Model]:
    """Return the LoRAs of a node that lists them as objects with a switch (Power Lora Loader)."""
    return [
        Model(name, weight=decimal(strength if isinstance(strength, Written) else None))
        for value in node.inputs.values()
        if isinstance(value, dict) and value.get("on") is True
        for name, strength in [(value.get("lora"), value.get("strength"))]
        if isinstance(name, str) and name not in _NOTHING
    ]
