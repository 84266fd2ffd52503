"""ComfyUI's `prompt` graph: walked back from the saved picture to what made it."""

from collections.abc import Iterable, Sequence

from .conditioning import prompt_of
from .generation import Generation, Size, count, decimal, integer, size
from .graph import Graph, Node, graph
from .text import Text
from .weights import loras_of, models_of
from .written_json import parse

TOOL = "ComfyUI"
_SEEDS = ("seed", "noise_seed")
# What a picture's pixels do not come through: models, words and settings.
_ASIDE = (
    *("model", "clip", "vae", "positive", "negative", "conditioning", "control_net", "mask"),
    *("guider", "noise", "sampler", "sigmas", "upscale_model", "clip_vision", "clip_vision_output"),
)
# Parts of the names of inputs that bring a picture.
_PICTURES = ("latent", "sample", "pixels", "image")


def generation(texts: Sequence[Text]) -> Generation | None:
    """Return the generation if a text is a prompt graph or, failing that, a workflow."""
    for text in texts:
        if text.name == "prompt":
            found = graph(parse(text.text))
            if found is not None:
                return describe(found)
    for text in texts:
        if text.name == "workflow":
            # The editor's drawing: it names the tool, but not which widget is which setting.
            drawing = parse(text.text)
            if isinstance(drawing, dict) and isinstance(drawing.get("nodes"), list):
                return Generation(tool=TOOL)
    return None


def describe(found: Graph) -> Generation:
    """Describe the first sampler behind the saved picture, and the models of all of them.

    Of several saving nodes the first counts, since the file does not say which one wrote it. Of
    several samplers in a row the first executed counts: its seed, size and prompt are the
    picture's, the later ones refine it.
    """
    samplers = _samplers(found)
    if not samplers:
        return Generation(tool=TOOL)
    base = samplers[0]
    return Generation(
        tool=TOOL,
        prompt=prompt_of(found, base, "positive"),
        negative_prompt=prompt_of(found, base, "negative"),
        seed=integer(_setting(found, base, _SEEDS, "noise")),
        steps=count(_setting(found, base, ("steps",), "sigmas")),
        cfg=decimal(_setting(found, base, ("cfg",), "guider")),
        sampler=_setting(found, base, ("sampler_name",), "sampler"),
        scheduler=_setting(found, base, ("scheduler",), "sigmas"),
        size=_size(found, base),
        models=models_of(found, samplers),
        loras=loras_of(found, samplers),
    )


def _samplers(found: Graph) -> list[Node]:
    """Return the samplers behind the first saved picture that has any, as executed."""
    seen: set[str] = set()
    for output in _outputs(found):
        walk = found.upstream(output, _picture_sources, seen)
        samplers = [node for node in walk if _is_sampler(node)]
        if samplers:
            return samplers
    return []


def _outputs(found: Graph) -> list[str]:
    """Order the ends of the graph: nodes that save, nodes that preview, other ends, the rest."""
    used = {source for node in found.nodes.values() for _, source in node.links()}

    def rank(name: str) -> int:
        kind = found.nodes[name].kind.lower()
        return 0 if "save" in kind else 1 if "preview" in kind else 2 if name not in used else 3

    return sorted(found.nodes, key=rank)


def _is_sampler(node: Node) -> bool:
    """Tell a sampler by its inputs, so that those of custom nodes are known too."""
    steered = "positive" in node.inputs or "guider" in node.inputs
    return steered and any(name in node.inputs for name in (*_SEEDS, "noise"))


def _picture_sources(node: Node) -> Iterable[str]:
    return [source for name, source in node.links() if name not in _ASIDE]


def _setting(found: Graph, base: Node, names: tuple[str, ...], via: str) -> str | None:
    """Return a setting of the sampler, or of the node that brings it (`sigmas`, `guider`, …)."""
    direct = found.scalar(base, *names)
    if direct is not None:
        return direct
    source = next((source for name, source in base.links() if name == via), "")
    node = found.nodes.get(source)
    return None if node is None else found.scalar(node, *names)


def _size(found: Graph, base: Node) -> Size | None:
    """Return the size of the empty picture that the sampler began with; None for img2img."""
    start = next(iter(_pictures(base)), "")
    for node in found.upstream(start, _picture_sources, set()):
        if not _pictures(node):
            width = found.scalar(node, "width", "empty_latent_width")
            blank = size(width, found.scalar(node, "height", "empty_latent_height"))
            if blank is not None:
                return blank
    return None


def _pictures(node: Node) -> list[str]:
    """Return the sources of pictures; a node without any begins with a blank one, or loads it."""
    return [
        source
        for name, source in node.links()
        if name not in _ASIDE and any(part in name for part in _PICTURES)
    ]
