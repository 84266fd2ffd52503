"""Paint the picture of the demo: a paper lantern over a canal at dusk, from a seed.

Needs NumPy and Pillow, which the project itself does not depend on; run it in an environment of
its own (tried with Python 3.11, NumPy 2.4, Pillow 13.0):

    python -m venv painter && painter/bin/pip install numpy pillow
    painter/bin/python examples/paint_lantern.py ledger/cli/lantern.png

It writes the picture and, beside it, the steps of the process (`lantern.steps.jsonl`), whose
outputs it paints too. What both files tell is in lantern_story.py; the brushes and the
street are in lantern_brushes.py and lantern_street.py.

No generator made the picture: this script did, and it is under CC0 1.0, as is what it paints.
The ComfyUI metadata that it embeds is a sample of what ComfyUI writes; its `Disclaimer` says so.
The same libraries give the same bytes; others may round a pixel or pack the file differently.
"""

# ruff: noqa: PLR2004 (a painting is made of numbers)

import hashlib
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import lantern_story
import numpy as np
from lantern_brushes import (
    FINE,
    HEIGHT,
    HORIZON,
    WARM,
    WIDTH,
    Field,
    H,
    U,
    V,
    W,
    blur,
    disc,
    mask,
    noise,
    over,
    ramp,
    rng,
)
from lantern_street import canal, far_town, houses, quays, sky, street_lanterns
from PIL import Image, ImageDraw, PngImagePlugin


def lantern(picture: Field) -> tuple[Field, Field]:
    """Paint the paper lantern and the light that it casts; return also what it covers."""
    x0, y0, half_width, half_height = 0.515, 0.350, 0.178, 0.150
    across = (U - x0) / half_width
    down = (V - y0) / half_height
    squash = np.clip(1 - np.abs(down) ** 2.6, 0, 1) ** 0.5 * 0.93 + 0.07
    inside = np.clip((1 - np.abs(across) / squash) * squash * half_width * W / 2 + 0.5, 0, 1)
    inside *= np.clip((1 - np.abs(down)) * half_height * H / 2 + 0.5, 0, 1)
    bulge = np.clip(across / squash, -1, 1)
    facing = np.sqrt(np.clip(1 - bulge**2, 0, 1))
    # Bamboo rings under the paper: it sags a little between them.
    sag = down + 0.012 * np.cos(bulge * 2.2)
    ring = (sag + 1) * 11.5
    phase = ring - np.round(ring)
    rib = np.exp(-((phase / 0.085) ** 2))
    belly = 0.5 + 0.5 * np.cos(phase * 2 * np.pi + np.pi)
    flame = np.exp(-((down - 0.18) ** 2 / 0.55 + bulge**2 / 0.75))
    fibres = noise(90, 14, 3) * 0.5 + noise(16, 110, 3) * 0.5
    blotch = noise(7, 10, 3)
    light = (0.30 + 1.55 * flame) * (0.30 + 0.70 * facing)
    light *= (0.88 + 0.16 * belly) * (1 - 0.34 * rib)
    light *= 0.86 + 0.16 * fibres + 0.14 * (blotch - 0.5)
    hue = ramp(
        [(0.0, (0.62, 0.12, 0.020)), (0.6, (1.0, 0.33, 0.055)), (1.9, (1.15, 0.74, 0.30))], light
    )
    body = hue * light[..., None]
    body = brush(body, across, down)
    cast = blur(inside * (0.4 + flame), 0.055)
    wide = blur(inside, 0.16)
    halo = cast[..., None] * WARM * 0.34 + wide[..., None] * np.array([1.0, 0.36, 0.10]) * 0.13
    picture = over(picture + halo, body, inside)
    picture, around = fittings(picture, x0, y0, half_width, half_height)
    return picture, np.maximum(inside, around)


def brush(body: Field, across: Field, down: Field) -> Field:
    """Write on the paper with ink: a moon over two hills, and a vermilion seal."""
    dry = noise(30, 120, 3)
    angle = np.arctan2(down + 0.16, across)
    ring = np.hypot(across * 0.9, (down + 0.16) * 0.80)
    width = 0.055 + 0.028 * np.sin(angle * 1.0 + 0.6)
    moon = np.clip((width - np.abs(ring - 0.34)) * 26, 0, 1) * (np.abs(angle - 2.2) > 0.20)
    hills = np.zeros_like(down)
    for start, end, base, height in ((-0.60, 0.20, 0.50, 0.26), (-0.12, 0.62, 0.54, 0.18)):
        along = np.clip((across - start) / (end - start), 0, 1)
        crest = base - height * np.sin(along * np.pi) ** 1.4
        thick = 0.058 * np.sin(along * np.pi) ** 0.5 * (1 - 0.5 * along)
        hills = np.maximum(hills, np.clip((thick - np.abs(down - crest)) * 30, 0, 1))
    ink = np.maximum(moon, hills) * np.clip(0.66 + dry * 0.7, 0, 1) * 0.93
    body = over(body, body * np.array([0.13, 0.09, 0.07]), ink)
    seal = (np.abs(across - 0.50) < 0.085) & (np.abs(down - 0.20) < 0.085)
    lines = (np.abs(across - 0.50) % 0.052 > 0.036) | (np.abs(np.abs(down - 0.20) - 0.045) < 0.008)
    stamped = seal * np.where(lines & seal, 0.25, 1.0) * np.clip(0.7 + dry * 0.5, 0, 1)
    return over(body, (0.62, 0.028, 0.018), np.clip(blur(stamped, 0.0006), 0, 1) * 0.9)


def fittings(
    picture: Field, x0: float, y0: float, half_width: float, half_height: float
) -> tuple[Field, Field]:
    """Add the black rims, the cord and the tassel."""
    rims = []
    for end, low, high in ((-1, 1.00, 1.12), (1, 0.97, 1.07)):
        edge, far = y0 + end * half_height * low, y0 + end * half_height * high
        reach = half_width * 0.36
        rims.append(
            [
                (x0 - reach, edge),
                (x0 + reach, edge),
                (x0 + reach * 0.94, far),
                (x0 - reach * 0.94, far),
            ]
        )
    shine = 0.010 + 0.05 * np.exp(-(((U - x0 + 0.03) / 0.018) ** 2))
    rim = mask(rims)
    picture = over(picture, shine[..., None] * np.array([1.0, 0.7, 0.5]), rim)
    top = y0 - half_height * 1.12
    sway = x0 + 0.003 * np.sin(V * 40)
    cord = np.clip(1.6 - np.abs(U - sway) * W / 1.5, 0, 1) * (top + 0.002 > V)
    picture = over(picture, (0.030, 0.018, 0.016), cord)
    bottom = y0 + half_height * 1.07
    fall = np.clip((V - bottom) / 0.080, 0, 1)
    threads = 0.65 + 0.7 * noise(170, 3, 2)
    spread = 0.005 + 0.016 * np.sqrt(fall)
    tassel = (
        np.clip((spread - np.abs(U - x0)) * W / 2 + 0.5, 0, 1) * (bottom < V) * (bottom + 0.078 > V)
    )
    red = np.array([0.36, 0.030, 0.020]) * (1.25 - 0.75 * fall[..., None]) * threads[..., None]
    picture = over(picture, red, tassel)
    knot = disc(x0, bottom + 0.008, 0.011, 0.002)
    covered = np.maximum.reduce([rim, cord, tassel, knot])
    return over(picture, (0.42, 0.10, 0.030), knot), covered


def branches(picture: Field) -> Field:
    """Let a plum branch hang in from the corner, near and a little out of focus."""
    canvas = Image.new("L", (W, H))
    blossom = Image.new("L", (W, H))
    draw, petals = ImageDraw.Draw(canvas), ImageDraw.Draw(blossom)

    def grow(x: float, y: float, angle: float, length: float, width: float) -> None:
        for _ in range(14):
            angle += rng.normal(0, 0.09) + 0.012
            x2, y2 = x + np.cos(angle) * length, y + np.sin(angle) * length
            draw.line([(x * W, y * H), (x2 * W, y2 * H)], fill=255, width=max(1, int(width * W)))
            x, y, width = x2, y2, width * 0.91
            if rng.random() < 0.30 and width > 0.0022:
                grow(
                    x,
                    y,
                    angle + rng.choice([-1, 1]) * (0.5 + rng.random() * 0.4),
                    length * 0.72,
                    width * 0.6,
                )
            if rng.random() < 0.52 and width < 0.010:
                bx, by, size = (
                    (x + rng.normal(0, 0.006)) * W,
                    (y + rng.normal(0, 0.004)) * H,
                    2.5 + rng.random() * 4,
                )
                for petal in range(5):
                    turn = petal * 2 * np.pi / 5 + rng.random() * 0.4
                    px, py = bx + np.cos(turn) * size, by + np.sin(turn) * size
                    petals.ellipse([px - size, py - size, px + size, py + size], fill=210)

    grow(1.04, 0.015, 2.86, 0.040, 0.014)
    grow(1.04, 0.10, 2.75, 0.026, 0.008)
    wood = blur(np.asarray(canvas, dtype=float) / 255, 0.0011)
    bloom = blur(np.asarray(blossom, dtype=float) / 255, 0.0013)
    reach = np.clip(1.2 - np.hypot((U - 0.52) * 0.67, V - 0.38) * 2.1, 0.12, 1)
    picture = over(picture, (0.012, 0.008, 0.014), np.clip(wood, 0, 1))
    pink = np.array([0.85, 0.42, 0.40]) * reach[..., None] + np.array([0.03, 0.02, 0.06])
    return over(picture, pink, np.clip(bloom, 0, 1) * 0.92)


def sparks(picture: Field) -> Field:
    """Scatter near lights out of focus, and a few fireflies over the water."""
    for _ in range(15):
        x = (0.52 + 0.13 + rng.random() * 0.76) % 1  # not over the lantern
        y = HORIZON - 0.10 + rng.random() * 0.42
        radius = 0.008 + rng.random() ** 2 * 0.030
        colour = WARM * np.array([1.0, 0.75 + rng.random() * 0.5, 0.7 + rng.random()])
        spot = disc(x, y, radius, 0.004)
        rim = spot - disc(x, y, radius * 0.86, 0.006) * 0.45
        picture = picture + rim[..., None] * colour * (0.05 + 0.09 * rng.random())
    flies = np.zeros((H, W))
    for _ in range(9):
        y, x = int((HORIZON - 0.02 + rng.random() * 0.26) * H), rng.integers(W // 8, W * 7 // 8)
        flies[y - 1 : y + 1, x - 1 : x + 1] = 22 * (0.3 + rng.random())
    return picture + (blur(flies, 0.0013) + 2 * blur(flies, 0.006))[..., None] * np.array(
        [0.9, 0.85, 0.3]
    )


def develop(picture: Field) -> Image.Image:
    """Add bloom and a vignette, map light to film, make it small, and add grain."""
    bright = np.clip(picture - 0.55, 0, 3)
    picture = picture + blur(bright, 0.006) * 0.25 + blur(bright, 0.03) * 0.22
    picture *= (1.06 - 0.55 * ((U - 0.5) ** 2 * 1.2 + (V - 0.48) ** 2 * 1.5))[..., None]
    light = np.clip(picture, 0, None) * 0.92
    # The usual filmic curve (Narkowicz 2015): deep shadows, soft highlights.
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    shown = np.clip(film, 0, 1) ** (1 / 2.2)
    small = shown.reshape(HEIGHT, FINE, WIDTH, FINE, 3).mean(axis=(1, 3))
    grain = rng.normal(0, 0.35 / 255, (HEIGHT, WIDTH, 1))
    pixels = np.clip((small + grain) * 255 + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels, "RGB")


def paint(seed: int) -> Image.Image:
    """Paint the whole picture, from far to near; the water mirrors what hangs above it."""
    rng.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    street = branches(street_lanterns(houses(far_town(sky()))))
    lit, hung = lantern(street)
    return develop(sparks(quays(canal(street, lit, hung))))


def saved(picture: Image.Image, texts: Mapping[str, str]) -> bytes:
    """Return the picture as a PNG with tEXt chunks, as ComfyUI and Pillow write them."""
    chunks = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        chunks.add_text(name, text)
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=chunks, optimize=True)
    return file.getvalue()


def main() -> None:
    """Paint each step of the process, and write the last picture and the steps."""
    target = Path(sys.argv[1])
    half = (WIDTH // 2, HEIGHT // 2)
    first = paint(lantern_story.DISCARDED_SEED).resize(half, Image.Resampling.LANCZOS)
    final = paint(lantern_story.SEED)
    second = final.resize(half, Image.Resampling.LANCZOS)
    outputs = [
        saved(first, {}),
        saved(second, {}),
        saved(final, {}),
        saved(final, lantern_story.texts()),
    ]
    target.write_bytes(outputs[-1])
    digests = [f"sha256:{hashlib.sha256(output).hexdigest()}" for output in outputs]
    steps = "".join(json.dumps(step) + "\n" for step in lantern_story.steps(digests))
    target.with_suffix(".steps.jsonl").write_text(steps, encoding="utf-8")
    print(f"{target}: {len(outputs[-1])} bytes, {digests[-1]}")


if __name__ == "__main__":
    main()
