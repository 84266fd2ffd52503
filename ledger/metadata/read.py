"""Read what a file says of its making, by its content alone: a format is one line and one file."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from . import a1111, comfyui, jpeg, png
from .generation import Generation, Raw
from .image_facts import media_type
from .text import Text

_CONTAINERS: dict[str, Callable[[bytes], tuple[Text, ...]]] = {
    "image/png": png.texts,
    "image/jpeg": jpeg.texts,
}
# The first that knows the texts answers. ComfyUI's graph goes before the "parameters" that
# some of its nodes write beside it: the graph is what was executed.
_FORMATS: tuple[Callable[[Sequence[Text]], Generation | None], ...] = (
    comfyui.generation,
    a1111.generation,
)


def read(data: bytes) -> Generation | None:
    """Return what the file says of its making, or None if it has no text at all.

    Texts that no format here knows come back as `raw` with `tool` None. Broken parts are left
    out; texts beyond the limits raise LimitExceeded, and nothing else is raised.
    """
    container = _CONTAINERS.get(media_type(data))
    texts = () if container is None else container(data)
    if not texts:
        return None
    known = next((found for form in _FORMATS if (found := form(texts)) is not None), Generation())
    return replace(known, raw=tuple(Raw(text.where, text.name, text.value) for text in texts))
