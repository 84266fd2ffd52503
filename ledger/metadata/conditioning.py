"""The words that steer a ComfyUI sampler, found behind its positive or negative input."""

from collections.abc import Iterable
from typing import Literal

from .graph import Graph, Node

# What text encoders call their text: SD, SDXL, Flux, and custom nodes.
_ENCODED = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt")
# What nodes that hold or join strings call them.
_HELD = ("text", "value", "string", "prompt", "populated_text")
_JOINED = ("string_a", "string_b", "text_a", "text_b", "text1", "text2", "text3", "text4")
_WORDLESS = ("model", "clip", "vae", "image", "pixels", "mask", "control_net", "samples", "latent")


def prompt_of(found: Graph, sampler: Node, role: Literal["positive", "negative"]) -> str | None:
    """Return the words behind an input, in the order of execution, one a line if several.

    None if no words are there; empty if they are an empty string.
    """
    sources = dict(sampler.links())
    start = sources.get(role) or sources.get("guider")

    def follow(node: Node) -> Iterable[str]:
        return _conditions(node, role)

    held: set[str] = set()
    words = dict.fromkeys(_words(found, sampler, (role,), held))
    for node in found.upstream(start or "", follow, set()):
        words |= dict.fromkeys(_words(found, node, (role, *_ENCODED), held))
    return "\n".join(words) if words else None


def _conditions(node: Node, role: str) -> list[str]:
    """Say where the words of a node come from: its role's input, else conditions, else any."""
    links = list(node.links())
    if role in dict(links):
        return [source for name, source in links if name == role]
    # A zeroed condition has the positive's words but says none; a guider without a negative
    # has a condition, which is the positive one.
    if "zeroout" in node.kind.lower() or (role == "negative" and "guider" in node.kind.lower()):
        return []
    conditions = [source for name, source in links if "cond" in name]
    return conditions or [source for name, source in links if name not in (*_WORDLESS, *_ENCODED)]


def _words(found: Graph, node: Node, names: tuple[str, ...], seen: set[str]) -> list[str]:
    """Return the strings of these inputs; linked ones are fetched from the nodes that hold them.

    Words are given once, so a holder that was `seen` is not read again.
    """
    sources = dict(node.links())
    words: list[str] = []
    for name in names:
        text = node.text(name)
        if text is not None:
            words.append(text)
        elif name in sources and name in _ENCODED:
            held = [
                text
                for holder in found.upstream(sources[name], _strings, seen)
                for key in (*_HELD, *_JOINED)
                if (text := holder.text(key)) is not None
            ]
            words.extend([" ".join(held)] if held else [])
    return words


def _strings(node: Node) -> list[str]:
    return [source for name, source in node.links() if name in (*_HELD, *_JOINED)]
