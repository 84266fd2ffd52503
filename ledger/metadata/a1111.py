"""The "parameters" text of AUTOMATIC1111's web UI and its descendants, in PNG and EXIF."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from .generation import Generation, Model, count, decimal, integer, size
from .text import Text, well_formed

_NAMES = ("parameters", "UserComment")
_NEGATIVE = "Negative prompt:"
_SETTINGS = re.compile(r"^[ \t]*Steps: ?[0-9]", re.MULTILINE)
_KEY = re.compile(r"[ ,]*([A-Za-z0-9_][^:,\"\n]{0,63}):[ ]*")
_LORA_TAG = re.compile(r"<lora:([^<>\n]{1,300})>")
_REFINER = re.compile(r"(.+?)(?: \[([0-9a-fA-F]{4,64})\])?")
_HASH = re.compile(r"[0-9a-fA-F]{1,64}")
_JSON = json.JSONDecoder(parse_int=str)
_FORGE = re.compile(r"f[0-9]+\..*|classic|neo")
# Nobody writes a hundred settings or LoRAs; a megabyte of "a:1," would be a million of them.
_MAX_SETTINGS = 256
_MAX_LORAS = 256
# Civitai lists every resource in this line: a few thousand characters.
_MAX_LINE = 1 << 20


def generation(texts: Sequence[Text]) -> Generation | None:
    """Return the generation if one of the texts is in this format, else None."""
    for text in texts:
        if text.name in _NAMES:
            found = parse(text.text)
            if found is not None:
                return found
    return None


def parse(text: str) -> Generation | None:
    """Read prompt, negative prompt and settings; None without a line that begins `Steps: `.

    Prompts may have many lines and any words, so the settings are the last such line.
    """
    start = -1
    for match in _SETTINGS.finditer(text):
        start = match.start()
    if start < 0:
        return None
    settings = _settings(text[start : start + _MAX_LINE].split("\n", 1)[0])
    prompt, negative = _prompts(text[:start])
    width, _, height = settings.get("Size", "").partition("x")
    tool, version = _tool(settings)
    return Generation(
        tool=tool,
        version=version,
        prompt=prompt,
        negative_prompt=negative,
        seed=integer(settings.get("Seed")),
        steps=count(settings.get("Steps")),
        cfg=decimal(settings.get("CFG scale")),
        sampler=settings.get("Sampler"),
        scheduler=settings.get("Schedule type"),
        size=size(width, height),
        models=_models(settings),
        loras=_loras(prompt, settings.get("Lora hashes", "")),
    )


def _prompts(text: str) -> tuple[str, str | None]:
    """Split at the first line that begins `Negative prompt:`; without one it is unsaid."""
    if text.startswith(_NEGATIVE):
        return "", text[len(_NEGATIVE) :].strip()
    prompt, found, negative = text.partition("\n" + _NEGATIVE)
    return prompt.strip(), negative.strip() if found else None


def _settings(line: str) -> dict[str, str]:
    """Read `Key: value, Key: "quoted, value", Key: [json]`; the first of equal keys counts."""
    settings: dict[str, str] = {}
    for key, value in islice(_pairs(line), _MAX_SETTINGS):
        settings.setdefault(key, well_formed(value))
    return settings


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    at = 0
    while (key := _KEY.match(line, at)) is not None:
        value, at = _value(line, key.end())
        yield key[1], value


def _value(line: str, at: int) -> tuple[str, int]:
    """Return a value and where it ends: one with commas is JSON, any other ends at the comma."""
    if line[at : at + 1] in ('"', "[", "{"):
        try:
            value, end = _JSON.raw_decode(line, at)
        except (ValueError, RecursionError):
            pass  # a lone quotation mark is a value too
        else:
            return value if isinstance(value, str) else line[at:end], end
    end = line.find(",", at)
    end = len(line) if end < 0 else end
    return line[at:end].strip(), end


def _tool(settings: dict[str, str]) -> tuple[str, str | None]:
    """Tell the descendants by what they write in `Version` (and SD.Next in `App`)."""
    version = settings.get("Version")
    if "App" in settings:
        return settings["App"], version
    if version is None:
        return ("Civitai" if "Civitai resources" in settings else "AUTOMATIC1111"), None
    # Forge writes f2.0.1v1.10.1-…; those who continue it write these names.
    if _FORGE.fullmatch(version):
        return "Forge", version
    name, _, number = version.partition(" ")
    if name in ("ComfyUI", "Fooocus"):
        return name, number or None
    return "AUTOMATIC1111", version


def _models(settings: dict[str, str]) -> tuple[Model, ...]:
    name, digest = settings.get("Model") or None, settings.get("Model hash") or None
    models = [] if name is None and digest is None else [Model(name, digest)]
    refiner = _REFINER.fullmatch(settings.get("Refiner", ""))
    if refiner is not None:
        models.append(Model(refiner[1], refiner[2]))
    return tuple(models)


def _loras(prompt: str, hashes: str) -> tuple[Model, ...]:
    """Join the tags of the prompt, which have weights, with the list of hashes."""
    weights: dict[str, str | None] = {}
    for tag in islice(_LORA_TAG.finditer(prompt), _MAX_LORAS):
        name, _, rest = tag[1].partition(":")
        weights.setdefault(name, decimal(rest.partition(":")[0]))
    digests: dict[str, str] = {}
    for pair in hashes.split(",", _MAX_LORAS)[:_MAX_LORAS]:
        name, _, digest = pair.rpartition(":")
        if _HASH.fullmatch(digest.strip()):
            digests[name.strip()] = digest.strip()
    return tuple(
        Model(name, digests.get(name), weights.get(name)) for name in {**weights, **digests}
    )
