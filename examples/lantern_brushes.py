"""Brushes for the demo's picture: blur, noise, masks and layers over one canvas of light.

Needs NumPy and Pillow; see paint_lantern.py.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Field = NDArray[np.float64]

WIDTH, HEIGHT = 512, 768
FINE = 2  # painted twice as large, then made smaller: smooth edges
W, H = WIDTH * FINE, HEIGHT * FINE
HORIZON = 0.615
WARM = np.array([1.0, 0.56, 0.20])

rng = np.random.default_rng()  # every painting seeds it anew
Y, X = np.mgrid[0:H, 0:W]
V, U = Y / H, X / W  # 0 to 1, down and right


def blur(field: Field, radius: float) -> Field:
    """Blur by a Gaussian of a radius in picture heights, edges mirrored."""
    pad = min(int(radius * H * 3) + 1, W - 1)
    spread = ((pad, pad), (pad, pad)) + ((0, 0),) * (field.ndim - 2)
    padded = np.pad(field, spread, mode="reflect")
    for axis in (0, 1):
        frequency = np.fft.rfftfreq(padded.shape[axis]) * radius * H * 2 * np.pi
        kernel = np.exp(-(frequency**2) / 2)
        shape = [1] * field.ndim
        shape[axis] = len(kernel)
        spectrum = np.fft.rfft(padded, axis=axis) * kernel.reshape(shape)
        padded = np.fft.irfft(spectrum, n=padded.shape[axis], axis=axis)
    return padded[pad : pad + H, pad : pad + W]


def noise(across: float, down: float, octaves: int = 4) -> Field:
    """Make cloudy noise from 0 to 1; `across` and `down` are its cells over the picture."""
    total = np.zeros((H, W))
    for octave in range(octaves):
        cells = (max(2, int(down * 2**octave)), max(2, int(across * 2**octave)))
        grid = (rng.random(cells) * 255).astype(np.float32)
        layer = Image.fromarray(grid).resize((W, H), Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=float) / 255 / 2**octave
    low, high = np.percentile(total, (1, 99))
    return np.clip((total - low) / (high - low), 0, 1)


def mask(polygons: Sequence[Sequence[tuple[float, float]]]) -> Field:
    """Fill polygons, given from 0 to 1, and return their coverage."""
    canvas = Image.new("L", (W, H))
    draw = ImageDraw.Draw(canvas)
    for polygon in polygons:
        draw.polygon([(x * W, y * H) for x, y in polygon], fill=255)
    return np.asarray(canvas, dtype=float) / 255


def over(below: Field, colour: Field | tuple[float, float, float], cover: Field) -> Field:
    """Lay a colour over a picture where `cover` is 1."""
    part = cover[..., None]
    return below * (1 - part) + np.asarray(colour) * part


def ramp(stops: Sequence[tuple[float, tuple[float, float, float]]], at: Field) -> Field:
    """Blend linear colours between stops."""
    places = [place for place, _ in stops]
    return np.stack(
        [np.interp(at, places, [colour[channel] for _, colour in stops]) for channel in range(3)],
        axis=-1,
    )


def disc(x: float, y: float, radius: float, soft: float) -> Field:
    """Make a round spot; sizes in picture heights."""
    distance = np.hypot((U - x) * W / H, V - y)
    return np.clip((radius - distance) / soft + 0.5, 0, 1)
