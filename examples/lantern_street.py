"""The street behind the lantern: dusk, wooden houses, small lanterns, quays and the canal.

Needs NumPy and Pillow; see paint_lantern.py.
"""

# ruff: noqa: PLR2004 (a painting is made of numbers)

import numpy as np
from lantern_brushes import (
    HORIZON,
    WARM,
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

# Depths of the quay, from behind us to where it meets the horizon.
DEPTHS = np.geomspace(0.75, 80, 120) - 1


def sky() -> Field:
    """Paint dusk: indigo above, a warm line at the horizon, and thin clouds lit from below."""
    stops = [
        (0.00, (0.010, 0.016, 0.060)),
        (0.22, (0.028, 0.034, 0.120)),
        (0.40, (0.110, 0.066, 0.180)),
        (0.52, (0.360, 0.140, 0.190)),
        (0.60, (0.900, 0.360, 0.170)),
        (0.64, (1.150, 0.560, 0.260)),
    ]
    picture = ramp(stops, V)
    cloud = np.clip(noise(2.2, 9, 5) * 1.7 - 0.75, 0, 1) * np.clip(1.15 - V * 0.9, 0, 1)
    lit = ramp([(0.1, (0.06, 0.05, 0.15)), (0.45, (0.55, 0.20, 0.24)), (0.6, (1.3, 0.62, 0.30))], V)
    picture = over(picture, lit, cloud * 0.55)
    stars = np.zeros((H, W))
    for _ in range(90):
        x, y = rng.integers(0, W), int(rng.random() ** 1.4 * H * 0.26)
        stars[y, x] = rng.random() ** 3 * 24
    return (
        picture
        + blur(stars, 0.0009)[..., None] * np.array([0.8, 0.9, 1.0]) * (1 - cloud)[..., None]
    )


def far_town(picture: Field) -> Field:
    """Paint hills and roofs in the haze, each layer nearer and darker."""
    layers = [
        (0.520, 0.030, (0.300, 0.130, 0.200), 5),
        (0.560, 0.020, (0.150, 0.075, 0.140), 9),
        (0.585, 0.016, (0.060, 0.036, 0.085), 16),
    ]
    for level, swing, colour, cells in layers:
        heights = np.interp(
            np.linspace(0, 1, W), np.linspace(0, 1, cells), level - rng.random(cells) * swing
        )
        edge = np.clip((V - heights[None, :]) * H / 3, 0, 1)
        picture = over(picture, colour, edge)
    return picture


def wall_point(side: int, depth: float, height: float) -> tuple[float, float]:
    """Place a point of a row of houses: depth 0 (near) to far, height 0 (quay) to 1 (eaves)."""
    scale = 1 / (1 + depth)
    x = 0.5 + side * (0.50 * scale + 0.035)
    foot = HORIZON + 0.17 * scale
    top = HORIZON - 0.40 * scale
    return x, foot + (top - foot) * height


def quad(side: int, near: float, far: float, low: float, high: float) -> list[tuple[float, float]]:
    """Place a rectangle of a wall."""
    return [
        wall_point(side, near, low),
        wall_point(side, far, low),
        wall_point(side, far, high),
        wall_point(side, near, high),
    ]


def houses(picture: Field) -> Field:
    """Paint two rows of wooden houses, their paper windows lit, and their eaves."""
    grain = noise(60, 6, 3)
    for side in (-1, 1):
        depth = -0.12
        while depth < 5:
            length = (0.26 + rng.random() * 0.12) * (1 + depth)
            tall = 0.80 + rng.random() * 0.28
            haze = min(depth / 7, 0.75)
            wood = (
                np.array([0.020, 0.013, 0.016]) * (1 - haze) + np.array([0.16, 0.08, 0.11]) * haze
            )
            body = mask([quad(side, depth, depth + length, 0, tall)])
            picture = over(picture, wood * (0.6 + 0.8 * grain[..., None]), body)
            for low, high, lit in ((0.10, 0.34, 0.85), (0.50, 0.68, 0.6)):
                for window in range(2):
                    if rng.random() > lit:
                        continue
                    near = depth + length * (0.10 + 0.44 * window)
                    far = near + length * 0.34
                    paper = mask([quad(side, near, far, low * tall, high * tall)])
                    shine = 0.35 + rng.random() * 0.55
                    fall = 0.55 + 0.45 * np.clip((V - 0.3) / 0.4, 0, 1)
                    picture = over(picture, WARM * shine * fall[..., None], paper)
                    bars = []
                    for bar in range(1, 5):
                        at = near + (far - near) * bar / 5
                        bars.append(quad(side, at, at + length * 0.008, low * tall, high * tall))
                    for bar in range(1, 4):
                        at = low + (high - low) * bar / 4
                        bars.append(quad(side, near, far, at * tall, (at + 0.008) * tall))
                    picture = over(picture, wood * 1.5, mask(bars) * 0.85)
            picture = roofs(picture, side, depth, depth + length, tall, wood)
            depth += length
    return picture


def roofs(picture: Field, side: int, near: float, far: float, tall: float, wood: Field) -> Field:
    """Cover a house with its tiled roof, and its ground floor with a small one."""
    for level, rise, reach in ((0.42, 0.020, 0.030), (1.0, 0.062, 0.040)):
        slope, edge = [], []
        for depth in (near, far):
            scale = 1 / (1 + depth)
            x, y = wall_point(side, depth, level * tall)
            inward = side * 0.090 * scale if level == 1.0 else 0.0
            slope.append((x + inward, y - rise * scale))
            edge.append((x - side * reach * scale, y + 0.016 * scale))
        lip = [
            (x, y + 0.007 / (1 + depth)) for (x, y), depth in zip(edge, (near, far), strict=True)
        ]
        tiles = 0.75 + 0.5 * (np.sin(V * 900) > 0.2)
        picture = over(picture, wood * 0.42 * tiles[..., None], mask([[*slope, *reversed(edge)]]))
        picture = over(picture, wood * 0.9 + 0.004, mask([[*edge, *reversed(lip)]]))
    return picture


def street_lanterns(picture: Field) -> Field:
    """Hang small lanterns along both rows; near ones are out of focus."""
    glow = np.zeros((H, W, 3))
    for side in (-1, 1):
        for step in range(9):
            depth = 0.25 + step * 0.42
            x, y = wall_point(side, depth, 0.46 + 0.03 * rng.random())
            x -= side * 0.075 / (1 + depth)
            radius = 0.021 / (1 + depth)
            colour = np.array([1.0, 0.42 + 0.16 * rng.random(), 0.12 + 0.08 * rng.random()])
            spot = disc(x, y, radius, 0.006 / (1 + depth) + 0.001)
            picture = over(picture, colour * 1.5, spot * 0.92)
            glow += disc(x, y, radius, 0.004)[..., None] * colour
    return picture + blur(glow, 0.02) * 0.9


def waterline(side: int) -> list[tuple[float, float]]:
    """Return where the quay meets the water, from near to far."""
    feet = [wall_point(side, depth, 0.0) for depth in DEPTHS]
    return [(x - side * 0.20 * (y - HORIZON), y + 0.30 * (y - HORIZON)) for x, y in feet]


def quays(picture: Field) -> Field:
    """Lay the stone edges between houses and water."""
    stone = noise(46, 70, 3)
    courses = 0.72 + 0.28 * (np.sin((V - HORIZON) / (np.abs(U - 0.5) + 0.02) * 95) > -0.75)
    for side in (-1, 1):
        feet = [wall_point(side, depth, 0.0) for depth in DEPTHS]
        face = mask([[*feet, *reversed(waterline(side))]])
        warmth = np.array([1.0, 0.62, 0.45]) * np.exp(-(((U - 0.5) / 0.33) ** 2))[..., None]
        lit = (0.010 + 0.055 * stone * courses)[..., None] * (0.35 + warmth)
        picture = over(picture, lit, face)
    return picture


def canal(picture: Field, lit: Field, hung: Field) -> Field:
    """Mirror the street, and the lantern that hangs nearer, in water that ripples."""
    columns = np.linspace(0, 1, W)
    line = np.full(W, HORIZON)
    for side in (-1, 1):
        xs, ys = zip(*sorted(waterline(side)), strict=True)
        beyond = {"left": HORIZON} if side > 0 else {"right": HORIZON}
        line = np.maximum(line, np.interp(columns, xs, ys, **beyond))
    near = np.clip((V - HORIZON) / (1 - HORIZON), 0, 1)
    ripple, swell = noise(6, 130, 3) - 0.5, noise(3, 34, 2) - 0.5
    shift = (ripple * 0.020 + swell * 0.030) * (0.12 + near)
    across = np.clip(((U + shift * 0.55) * W).astype(int), 0, W - 1)

    def mirror(field: Field, level: Field | float) -> Field:
        down = np.clip(((2 * level - V + shift * 1.6) * H).astype(int), 0, H - 1)
        return field[down, across]

    street = mirror(picture, line[None, :])
    # A soft street and a sharper lantern; the first metres of water are the darkest.
    street = street * 0.6 + blur(street, 0.004) * 0.4
    water = over(street, mirror(lit, HORIZON), mirror(hung, HORIZON))
    water = water * np.array([0.66, 0.61, 0.72]) * (0.95 - 0.42 * near[..., None])
    water += np.array([0.002, 0.004, 0.011])
    crest = np.clip(ripple * 2 + swell - 0.20, 0, 1) * (1 - near) * 0.12
    water += crest[..., None] * np.array([1.0, 0.55, 0.38])
    return over(lit, water, np.clip((V - line[None, :]) * H / 2, 0, 1))
