"""One text that a file carries about itself, verbatim and decoded, and how much of it we read."""

from dataclasses import dataclass

# The largest honest texts are ComfyUI workflows with pictures in them: a few MiB. A zTXt chunk
# can inflate a thousandfold, so this counts bytes after inflating, over the whole file.
MAX_TEXT_BYTES = 16 * 1024 * 1024
# Tools write a handful; a million two-byte texts would cost a hundred times their size.
MAX_TEXTS = 1_000


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a file: `where` (`png:tEXt`), its `name`, its bytes, and the bytes decoded."""

    where: str
    name: str
    value: bytes
    text: str


def decoded(value: bytes) -> str:
    """Decode UTF-8, else Latin-1: tEXt is Latin-1 by its standard, and UTF-8 in many files."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def well_formed(text: str) -> str:
    r"""Replace lone surrogates (JSON can say `"\ud800"`), which no encoder accepts later."""
    return text.encode("utf-8", "replace").decode("utf-8")
