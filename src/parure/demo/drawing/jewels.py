"""Whole jewels before a camera: rings, necklaces, earrings, bracelets, watches and sets, each in three views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parure.demo.drawing.gems import beads, cut_stone, stone
from parure.demo.drawing.motifs import Head, hammered, motif, scroll
from parure.demo.drawing.render import Camera
from parure.demo.drawing.shapes import (
    TAU,
    Cloud,
    Floats,
    Slot,
    ball,
    box_outline,
    circle,
    frames,
    joined,
    length_of,
    plate,
    polygon_outline,
    resampled,
    rope,
    round_outline,
    star_outline,
    tube,
    turn,
)

VIEWS = ("front", "scene", "detail")


@dataclass(frozen=True, slots=True)
class Design:
    """What decides a jewel's shape; its metal and its stone's colour are chosen later.

    Attributes:
        category: rings, necklaces, earrings, bracelets, watches or sets.
        form: Subcategory.
        ornament: Its setting.
        family: Of the stone: faceted, cabochon, pearl, or none.
        cut: Outline of the stone.
        stone_mm: Width of the stone.
        variety: 0 to 1, chooses between makes.
        chain: Kind of chain.
        strap: Of a watch: leather, mesh or links.
    """

    category: str
    form: str
    ornament: str
    family: str
    cut: str
    stone_mm: float
    variety: float
    chain: str = "cable"
    strap: str = "leather"

    def head(self, size: float, density: float) -> Head:
        """Its head at a size."""
        return Head(self.ornament, self.family, self.cut, size, density, self.variety)

    @property
    def large(self) -> float:
        """How large its stone is drawn, about 1."""
        return 0.82 + 0.36 * min(max((self.stone_mm - 3) / 8, 0), 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A jewel before a camera.

    Attributes:
        cloud: All of it, with what it lies on.
        camera: How it is looked at.
        ground: Name of the background.
    """

    cloud: Cloud
    camera: Camera
    ground: str


# Chains and bands --------------------------------------------------------------------------------------------------


def chain(curve: Floats, kind: str, density: float, *, width: float = 0.022, closed: bool = False) -> Cloud:
    """A chain along a curve; ``width`` is half its width."""
    length = length_of(curve, closed=closed)
    if kind == "snake":
        ridges = _ridges(int(length / width * 0.9))
        return tube(curve, width * 0.75, density, closed=closed, bump=ridges)
    if kind == "rope":
        return rope(curve, width, density, turns=length / width / 5.5, closed=closed)
    if kind == "ball":
        count = int(length / (width * 1.9))
        return beads(resampled(curve, count, closed=closed), width * 0.9, density)
    if kind == "pearls":
        count = int(length / (width * 4.1))
        return ball(width * 2.1, density, slot=Slot.STONE).copies(resampled(curve, count, closed=closed))
    return _links(curve, density, width=width, long=1.35 if kind == "cable" else 2.1, closed=closed)


def _links(curve: Floats, density: float, *, width: float, long: float, closed: bool) -> Cloud:
    half = width * long
    count = max(int(length_of(curve, closed=closed) / (half * 1.42)) // 2 * 2, 2)
    centres = resampled(curve, count, closed=closed)
    frame = frames(centres, (0, 0, 1), closed=closed)
    angle = np.linspace(0, TAU, 40, endpoint=False)
    path = np.stack([half * np.cos(angle), width * np.sin(angle), 0 * angle], 1).astype(np.float32)
    link = tube(path, width * 0.30, density, closed=True)
    turned = frame.copy()
    turned[1::2] = frame[1::2] @ turn(x=68)
    turned[::2] = frame[::2] @ turn(x=-22)
    return link.copies(centres, turned)


def _ridges(count: int) -> Callable[[Floats, Floats], Floats]:
    def bump(along: Floats, angle: Floats) -> Floats:
        wave = np.sin(along * np.float32(count * TAU) + 0 * angle) * np.float32(0.45)
        return np.stack([wave, 0 * wave], -1)

    return bump


def band(design: Design, radius: float, density: float, *, wide: float = 0.075) -> Cloud:
    """The hoop of a ring or bangle in the x-y plane, worked as the ornament asks; ``wide`` is half its width."""
    path = circle(radius, 360)
    kind = design.ornament
    thick = wide * 0.55
    if kind == "twisted":
        return rope(
            path, wide * 0.85, density, turns=radius * TAU / wide / 4.2, closed=True, strands=2 + (design.variety > 0.5)
        )
    if kind == "hammered":
        hoop = tube(path, thick * 0.8, density, closed=True, flat=wide * 1.25 / (thick * 0.8), square=0.6)
        return hammered(hoop, strength=0.24, fineness=2.0 / wide)
    if kind == "filigree":
        rails = [tube(path + np.float32([0, 0, z]), wide * 0.2, density, closed=True) for z in (-wide, wide)]
        return joined([*rails, _between(radius, wide, density)])
    if kind == "vintage":
        hoop = tube(path, thick * 0.75, density, closed=True, flat=wide / (thick * 0.75))
        count = int(radius * TAU / (wide * 0.62))
        edges = [circle(radius + thick * 0.5, count) + np.float32([0, 0, z]) for z in (-wide * 0.95, wide * 0.95)]
        return joined([hoop, *[beads(edge, wide * 0.24, density) for edge in edges]])
    if kind == "art deco":
        steps = ((1.0, 0.5), (0.55, 0.95))
        return joined(
            tube(path, thick * h, density, closed=True, flat=wide * w / (thick * h), square=0.25) for w, h in steps
        )
    if kind == "geometric":
        corners = np.stack([*polygon_outline_path(8 if design.variety < 0.5 else 12, radius)], 1)
        return tube(
            resampled(corners, 720, closed=True), thick, density, closed=True, flat=wide / thick * 0.9, square=0.3
        )
    slim = 0.62 if kind in ("minimal", "heart", "celestial", "floral") else 0.8
    return tube(path, thick * 0.85, density, closed=True, flat=wide * slim / (thick * 0.85))


def polygon_outline_path(sides: int, radius: float) -> tuple[Floats, Floats, Floats]:
    """x, y and z of a polygon that stands on a flat side."""
    angle = np.linspace(0, TAU, 720, endpoint=False, dtype=np.float32)
    r = polygon_outline(sides, 180 / sides, 0.15)(angle) * radius * 1.03
    return (r * np.cos(angle)).astype(np.float32), (r * np.sin(angle)).astype(np.float32), np.zeros(720, np.float32)


def _between(radius: float, wide: float, density: float) -> Cloud:
    """Small curls between the rails of a filigree hoop."""
    count = int(radius * TAU / (wide * 1.7))
    angle = np.arange(count) * TAU / count
    centres = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], 1).astype(np.float32)
    return scroll(wide * 0.85, density, wire=wide * 0.14).copies(centres, _outwards(angle))


def _outwards(angle: Floats) -> Floats:
    """Rotations that make +z look away from the middle of a hoop, x along it: float32[n, 3, 3]."""
    cos, sin, none = np.cos(angle), np.sin(angle), 0 * angle
    along = np.stack([-sin, cos, none], 1)
    out = np.stack([cos, sin, none], 1)
    across = np.cross(out, along)
    return np.stack([along, across, out], 2).astype(np.float32)


def studded(radius: float, size: float, density: float, *, arc: float, family: str, cut: str, slot: Slot) -> Cloud:
    """Stones side by side on a hoop, over ``arc`` degrees about its top."""
    count = max(int(radius * np.radians(arc) / (size * 2.12)), 1)
    step = size * 2.12 / radius
    angle = np.pi / 2 + (np.arange(count) - (count - 1) / 2) * (TAU / count if arc >= 360 else step)
    one = cut_stone("round", size, density, slot=slot) if slot == Slot.ACCENT else stone(family, cut, size, density)
    seat = plate(round_outline, size * 1.08, density, height=0.05).moved(shift=(0, 0, -size * 0.12))
    claws = ball(size * 0.20, density).copies(
        np.array([[size * 0.95 * x, size * 0.78 * y, size * 0.12] for x in (-1, 1) for y in (-1, 1)], np.float32)
    )
    centres = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], 1).astype(np.float32)
    row = joined([one, seat, claws]).copies(centres, _outwards(angle))
    if arc < 360:
        return row
    rails = [circle(radius - size * 0.2) + np.float32([0, 0, z]) for z in (-size * 0.55, size * 0.55)]
    return joined([row, *[tube(rail, size * 0.22, density, closed=True, flat=1.5) for rail in rails]])


# Rings -------------------------------------------------------------------------------------------------------------

_UP = turn(x=-90)
"""Makes a head that looks to +z look to +y, the top of an upright hoop."""


def _ring(design: Design, density: float) -> Cloud:
    """An upright ring in the x-y plane with its head at the top."""
    radius, head = 0.50, 0.215 * design.large
    family, cut = design.family, design.cut
    parts = [band(design, radius, density, wide=0.066 if design.form != "band ring" else 0.105)]
    if design.form == "eternity ring":
        slot = Slot.STONE if family == "faceted" else Slot.ACCENT
        parts.append(studded(radius + 0.05, 0.058, density, arc=360, family=family, cut="round", slot=slot))
        return joined(parts)
    if design.form == "band ring":
        if family != "none":
            parts.append(studded(radius + 0.058, 0.05, density, arc=70, family=family, cut="round", slot=Slot.STONE))
        return joined(parts)
    if design.form == "cocktail ring":
        head *= 1.5
    crown = motif(replace(design.head(head, density)))
    parts.append(crown.moved(rotation=_UP, shift=(0, radius + 0.055 + head * 0.16, 0)))
    if design.form == "side-stone ring":
        side = studded(radius + 0.045, 0.042, density, arc=100, family=family, cut="round", slot=Slot.ACCENT)
        parts.append(side)
    return joined(parts)


def _ring_scene(design: Design, view: str) -> Scene:
    if view == "front":
        camera = Camera(turn(x=30) @ turn(y=-32), 1.12, (0.0, 0.10), -0.56)
        return Scene(_ring(design, camera.density), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=58) @ turn(y=16), 1.5, (0.0, 0.18), None)
        return Scene(_ring(design, camera.density), camera, "pearl")
    camera = Camera(turn(x=20) @ turn(y=-10), 1.02, (0.0, -0.12), -1.0)
    laid = _ring(design, camera.density).moved(rotation=turn(x=90), shift=(0, 0.0, 0))
    cone_path = np.array([[0, y, 0] for y in np.linspace(-1.0, 0.85, 60)], np.float32)
    share = np.linspace(0, 1, 60)
    cone = tube(
        cone_path,
        (0.62 - 0.46 * share**0.8).astype(np.float32) * np.float32(1.16),
        camera.density,
        slot=Slot.PROP,
        up=(0, 0, 1),
    )
    top = ball(0.187, camera.density, slot=Slot.PROP).moved(shift=(0, 0.84, 0))
    return Scene(joined([laid.moved(shift=(0, -0.36, 0)), cone, top]), camera, "sand")


# Necklaces ---------------------------------------------------------------------------------------------------------


def _hanging(width: float, drop: float, top: float, *, pointed: float) -> Floats:
    """A chain's path from the left, down to ``drop`` at the middle, and up to the right."""
    share = np.linspace(-1, 1, 161)
    bow = np.abs(share) ** (1.15 + 1.1 * (1 - pointed))
    x = width * np.sign(share) * np.abs(share) ** (0.92 - 0.2 * (1 - pointed))
    return np.stack([x, drop + (top - drop) * bow, 0 * share], 1).astype(np.float32)


def _necklace(design: Design, density: float, *, path: Floats, scale: float = 1.0) -> Cloud:
    low = path[len(path) // 2]
    width = 0.024 * scale
    if design.form == "pearl strand":
        size = (0.8 + 0.4 * design.variety) * width
        strand = chain(path, "pearls", density, width=size * 1.05)
        clasp = motif(design.head(0.14 * scale, density)).moved(shift=(*low[:2] + [0, -0.17 * scale], low[2] + 0.02))
        return joined([strand, clasp]) if design.variety > 0.5 else strand
    if design.form == "chain necklace":
        kind = design.chain
        return chain(path, kind, density, width=width * (1.3 + 1.0 * design.variety))
    if design.form == "collier":
        heads = 7 if design.variety < 0.5 else 5
        at = resampled(path, 161)[np.linspace(80 - heads * 7, 80 + heads * 7, heads).astype(int)]
        sizes = (0.155 - 0.016 * np.abs(np.arange(heads) - heads // 2)) / 0.155
        head = motif(design.head(0.155 * scale * design.large, density))
        row = head.copies((at + np.float32([0, -0.13 * scale, 0.02])), None, sizes.astype(np.float32))
        return joined([chain(path, design.chain, density, width=width), row])
    size = 0.24 * scale * design.large
    bail = tube(circle(0.035 * scale, 40), 0.011 * scale, density, closed=True).moved(rotation=turn(y=60))
    hung = motif(design.head(size, density)).moved(shift=(low[0], low[1] - size * 1.08 - 0.06 * scale, low[2] + 0.01))
    parts = [chain(path, design.chain, density, width=width * 0.8), hung]
    parts.append(bail.moved(shift=(low[0], low[1] - 0.03 * scale, low[2])))
    return joined(parts)


def _bust(density: float) -> tuple[Cloud, Callable[[Floats, Floats], Floats]]:
    """A display bust, and how far its front lies towards the eye at x and y."""
    y = np.linspace(1.3, -1.3, 80)
    widths = np.interp(y, [-1.3, -0.55, 0.05, 0.32, 0.55, 0.8, 1.3], [1.15, 1.08, 0.86, 0.55, 0.36, 0.30, 0.29])
    kernel = np.hanning(13) / np.hanning(13).sum()
    widths = np.convolve(np.pad(widths, 6, mode="edge"), kernel, "valid")
    path = np.stack([0 * y, y, 0 * y], 1).astype(np.float32)
    body = tube(path, widths.astype(np.float32), density, slot=Slot.PROP, up=(0, 0, 1), flat=0.5)

    def front(x: Floats, at: Floats) -> Floats:
        radius = np.interp(at, y[::-1], widths[::-1])
        return np.asarray(0.5 * np.sqrt(np.maximum(radius**2 - x**2, 0)), np.float32)

    return body, front


def _necklace_scene(design: Design, view: str) -> Scene:
    pointed = 0.2 if design.form in ("pearl strand", "collier", "chain necklace") else 0.75
    if view == "front":
        camera = Camera(turn(y=-4), 1.0, (0.0, 0.0), None)
        path = _hanging(0.66, -0.30 if pointed > 0.5 else -0.52, 1.05, pointed=pointed)
        return Scene(_necklace(design, camera.density, path=path), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=-18) @ turn(y=26), 1.5, (0.02, -0.48), None)
        path = _hanging(0.66, -0.30 if pointed > 0.5 else -0.52, 1.05, pointed=pointed)
        return Scene(_necklace(design, camera.density, path=path), camera, "pearl")
    camera = Camera(turn(x=4) @ turn(y=-16), 1.0, (-0.05, 0.0), None)
    body, front = _bust(camera.density)
    path = _hanging(0.46, -0.16 if pointed > 0.5 else -0.22, 0.62, pointed=0.45)
    path[:, 2] = front(path[:, 0], path[:, 1]) + 0.02
    # Behind the neck the chain follows its side.
    path[:, 0] *= np.interp(path[:, 1], [0.2, 0.62], [1.0, 0.80])
    path[:, 2] = front(path[:, 0], path[:, 1]) + 0.02
    worn = _necklace(design, camera.density, path=path, scale=0.8)
    lower = worn.points[:, 1] < path[:, 1].min() - 0.02
    shift = np.where(lower, front(worn.points[:, 0], worn.points[:, 1]) - front(path[80:81, 0], path[80:81, 1]), 0)
    worn.points[:, 2] += np.maximum(shift, 0).astype(np.float32)
    return Scene(joined([worn, body]), camera, "rose")


# Earrings ----------------------------------------------------------------------------------------------------------


def _earring(design: Design, density: float, *, size: float = 0.30) -> Cloud:
    """One earring, its hook or post at the origin, hanging down."""
    if design.form == "hoops":
        hoop = band(design, size * 1.25, density, wide=0.05 + 0.02 * design.variety)
        around = hoop.moved(rotation=turn(y=62), shift=(0, -size * 1.25, 0))
        if design.family == "none" or design.variety < 0.35:
            return around
        small = motif(design.head(size * 0.45, density)).moved(shift=(0, -size * 2.5 - size * 0.5, 0.02))
        return joined([around, small])
    if design.form == "studs":
        return motif(design.head(size * 0.92 * design.large, density)).moved(shift=(0, -size, 0))
    hook = np.array(
        [[0, -0.05, 0], [0.01, 0.05, 0], [0.0, 0.14, -0.02], [-0.0, 0.19, -0.08], [0, 0.16, -0.15], [0, 0.02, -0.19]]
    )
    parts = [tube(resampled(hook.astype(np.float32), 60), 0.012, density, up=(1, 0, 0.1))]
    top = 0.0
    if design.form == "drops":
        small = stone(design.family, "round", 0.075, density) if design.family != "none" else ball(0.06, density)
        parts += [
            small.moved(shift=(0, -0.14, 0)),
            tube(circle(0.085, 60), 0.016, density, closed=True).moved(shift=(0, -0.14, -0.01)),
        ]
        top = -0.26
    link = tube(circle(0.028, 30), 0.008, density, closed=True)
    parts.append(link.moved(rotation=turn(y=70), shift=(0, top - 0.07, 0)))
    head = size * 0.95 * design.large
    parts.append(motif(design.head(head, density)).moved(shift=(0, top - 0.09 - head, 0)))
    if design.form == "chandeliers":
        for x in (-0.6, 0.0, 0.6):
            drop = stone(design.family if design.family != "none" else "faceted", "pear", 0.085, density)
            y = top - 0.13 - head * 2 - 0.10 - 0.06 * (1 - abs(x))
            parts.append(drop.moved(shift=(x * head, y, 0)))
            parts.append(tube(circle(0.03, 30), 0.008, density, closed=True).moved(shift=(x * head, y + 0.11, 0)))
    return joined(parts)


def _pair(design: Design, density: float, *, apart: float, size: float, turned: float, top: float) -> Cloud:
    one = _earring(design, density, size=size)
    left = one.moved(rotation=turn(y=turned), shift=(-apart, top, 0))
    right = one.moved(rotation=turn(y=-turned), shift=(apart, top, 0))
    return joined([left, right])


def _earring_scene(design: Design, view: str) -> Scene:
    hanging = {"studs": 0.36, "hoops": 0.44, "drops": 0.55, "dangles": 0.42, "chandeliers": 0.58}[design.form]
    size = 0.36 if design.form == "studs" else 0.30
    if view == "front":
        camera = Camera(turn(x=4), 1.0, (0.0, 0.0), None)
        return Scene(_pair(design, camera.density, apart=0.44, size=size, turned=14, top=hanging), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=10) @ turn(y=-24), 1.45, (0, -0.02), None)
        return Scene(_earring(design, camera.density, size=size).moved(shift=(0, hanging, 0)), camera, "pearl")
    camera = Camera(turn(x=6) @ turn(y=-18), 1.0, (0.0, 0.0), None)
    pair = _pair(design, camera.density, apart=0.34, size=size * 0.78, turned=4, top=0.36)
    card = plate(box_outline(0.72, 0.80, 0.06), 1.0, camera.density, slot=Slot.PROP, height=0.03, dome=12)
    return Scene(joined([pair.moved(shift=(0, 0.02, 0.10)), card.moved(shift=(0, 0, -0.08))]), camera, "sage")


# Bracelets ---------------------------------------------------------------------------------------------------------


def _bracelet(design: Design, density: float, *, radius: float = 0.70) -> Cloud:
    """A bracelet in the x-y plane with its head at the top, looking outwards."""
    path = circle(radius, 360)
    head = 0.19 * design.large
    if design.form == "bangle":
        parts = [band(design, radius, density, wide=0.085 + 0.05 * design.variety)]
        if design.family != "none":
            parts.append(motif(design.head(head, density)).moved(rotation=_UP, shift=(0, radius + 0.06, 0)))
        return joined(parts)
    if design.form == "tennis bracelet":
        return studded(
            radius, 0.060 * design.large, density, arc=360, family=design.family, cut="round", slot=Slot.STONE
        )
    if design.form == "bead bracelet":
        count = int(radius * TAU / 0.165)
        slot = Slot.STONE if design.family != "none" else Slot.METAL
        spheres = ball(0.078, density, slot=slot).copies(circle(radius, count))
        crown = motif(design.head(head * 0.9, density)).moved(rotation=_UP, shift=(0, radius + 0.09, 0))
        return joined([spheres, crown])
    links = chain(path, design.chain, density, width=0.036 if design.form == "chain bracelet" else 0.030, closed=True)
    if design.form == "chain bracelet":
        crown = motif(design.head(head, density)).moved(rotation=_UP, shift=(0, radius + 0.03, 0))
        return joined([links, crown])
    angle = np.radians([90, 48, 132, 10, 170, 300, 240])
    centres = np.stack([(radius + 0.05) * np.cos(angle), (radius + 0.05) * np.sin(angle), 0 * angle - 0.05], 1)
    charm = motif(design.head(head * 0.72, density))
    return joined([links, charm.copies(centres.astype(np.float32), _outwards(angle))])


def _bracelet_scene(design: Design, view: str) -> Scene:
    lying = turn(x=90)  # the head, at the top of the hoop, comes to the front
    if view == "front":
        camera = Camera(turn(x=38) @ turn(y=-12), 1.06, (0.0, -0.02), None)
        cloud = _bracelet(design, camera.density).moved(rotation=lying)
        return Scene(cloud, replace(camera, floor=-0.55), "white")
    if view == "detail":
        camera = Camera(turn(x=14) @ turn(y=-20), 1.4, (0.0, -0.10), None)
        return Scene(_bracelet(design, camera.density).moved(rotation=lying), camera, "pearl")
    camera = Camera(turn(x=24) @ turn(y=-24), 1.0, (0.0, -0.05), -0.80)
    roll_path = np.array([[x, 0, 0] for x in np.linspace(-0.92, 0.92, 40)], np.float32)
    roll = tube(roll_path, 0.60, camera.density, slot=Slot.PROP, up=(0, 0, 1))
    cap = plate(round_outline, 0.60, camera.density, slot=Slot.PROP, height=0.10, dome=4)
    caps = [cap.moved(rotation=turn(y=a), shift=(x, 0, 0)) for a, x in ((90, 0.92), (-90, -0.92))]
    worn = _bracelet(design, camera.density, radius=0.66).moved(rotation=_wrapped())
    return Scene(joined([worn, roll, *caps]), camera, "sand")


def _wrapped() -> Floats:
    """Lays a hoop's x-y plane about the x axis, its top to the eye and a little up."""
    basis = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32)  # x -> y, y -> z, z -> x
    return (turn(x=-28) @ basis).astype(np.float32)


# Watches -----------------------------------------------------------------------------------------------------------


def _watch(design: Design, density: float) -> Cloud:
    """A watch that looks to +z, its strap along y."""
    lady = design.form == "ladies' watch"
    radius = 0.36 if lady else 0.45
    outline = {"art deco": box_outline(0.82, 1.0, 0.30), "geometric": polygon_outline(8, 22.5)}.get(
        design.ornament, round_outline
    )
    rim = np.stack([*_rim(outline, radius)], 1)
    parts = [
        tube(rim, 0.055, density, closed=True, flat=1.3),
        tube(rim * np.float32(0.93) + np.float32([0, 0, 0.05]), 0.02, density, closed=True),
        _dial(design, outline, radius * 0.92, density),
        _hands(design, radius, density),
        _strap(design, radius, density),
    ]
    crown = tube(np.array([[radius + 0.04, 0, 0], [radius + 0.12, 0, 0]], np.float32), 0.045, density, bump=_ridges(6))
    parts.append(crown)
    if design.form == "chronograph":
        pusher = tube(np.array([[radius + 0.02, 0, 0], [radius + 0.12, 0, 0]], np.float32), 0.03, density)
        parts += [pusher.moved(rotation=turn(z=a)) for a in (32, -32)]
    if design.ornament in ("vintage", "filigree", "floral"):
        grains = resampled(rim * np.float32(1.04) + np.float32([0, 0, 0.055]), 60, closed=True)
        parts.append(beads(grains, 0.017, density))
    if design.ornament in ("twisted",):
        parts.append(rope(rim + np.float32([0, 0, 0.05]), 0.035, density, turns=40, closed=True))
    if design.family != "none":
        small = cut_stone("round", 0.034, density, slot=Slot.STONE)
        parts.append(small.copies(resampled(rim + np.float32([0, 0, 0.068]), int(TAU * radius / 0.074), closed=True)))
    whole = joined(parts)
    return hammered(whole, strength=0.12, fineness=18) if design.ornament == "hammered" else whole


def _rim(outline: Callable[[Floats], Floats], radius: float) -> tuple[Floats, Floats, Floats]:
    angle = np.linspace(0, TAU, 360, endpoint=False, dtype=np.float32)
    r = outline(angle) * radius
    return (r * np.cos(angle)).astype(np.float32), (r * np.sin(angle)).astype(np.float32), np.zeros(360, np.float32)


def _dial(design: Design, outline: Callable[[Floats], Floats], radius: float, density: float) -> Cloud:
    def brushed(share: Floats, angle: Floats) -> Floats:
        shine = 0.5 + 0.42 * np.cos(2 * (angle - 0.9)) * (0.3 + 0.7 * share)
        guilloche = (
            0.06 * np.sin(angle * 48) * (share < 0.55) if design.ornament in ("vintage", "filigree") else 0 * share
        )
        return np.asarray(np.clip(shine + guilloche, 0, 0.99), np.float32)

    face = plate(outline, radius, density, slot=Slot.DIAL, height=0.002, glow=brushed)
    bar = plate(box_outline(0.10, 0.022, 0.01), radius, density, slot=Slot.SECOND_METAL, height=0.02, dome=6)
    count = 4 if design.ornament == "minimal" and design.variety < 0.5 else 12
    angle = np.arange(count) * TAU / count
    edge = outline(angle.astype(np.float32)) * radius * 0.80
    centres = np.stack([edge * np.cos(angle), edge * np.sin(angle), 0 * angle + 0.012], 1).astype(np.float32)
    marks = bar.copies(centres, np.stack([turn(z=float(np.degrees(a))) for a in angle]))
    parts = [face, marks]
    if design.ornament in ("heart", "celestial", "floral") and design.variety > 0.3:
        outlines = {"celestial": star_outline(5, 0.5), "heart": None, "floral": None}[design.ornament]
        emblem = (
            motif(replace(design.head(radius * 0.20, density), family="none", variety=0.2))
            if outlines is None
            else plate(outlines, radius * 0.2, density, slot=Slot.SECOND_METAL, height=0.1)
        )
        parts.append(emblem.moved(shift=(0, radius * 0.38, 0.02)))
    if design.form == "chronograph":
        for x, y in ((-0.42, 0.0), (0.42, 0.0), (0.0, -0.42)):
            small = plate(
                round_outline,
                radius * 0.22,
                density,
                slot=Slot.DIAL,
                height=0.0,
                glow=lambda s, a: 0.25 + 0.3 * s + 0 * a,
            )
            ring = tube(circle(radius * 0.22), 0.007, density, closed=True, slot=Slot.SECOND_METAL)
            parts += [c.moved(shift=(x * radius, y * radius, 0.012)) for c in (small, ring)]
    return joined(parts).moved(shift=(0, 0, 0.01))


def _hands(design: Design, radius: float, density: float) -> Cloud:
    parts = []
    moment = design.variety * 360
    for length, wide, angle in ((0.46, 0.020, 125.0 + moment / 12), (0.70, 0.014, 40.0 + moment)):
        hand = np.array([[-0.08 * radius, 0, 0.05], [length * radius, 0, 0.05]], np.float32)
        parts.append(tube(hand, wide, density, slot=Slot.SECOND_METAL, flat=0.4).moved(rotation=turn(z=angle)))
    parts.append(ball(0.026, density, slot=Slot.SECOND_METAL).moved(shift=(0, 0, 0.055)))
    return joined(parts)


def _strap(design: Design, radius: float, density: float) -> Cloud:
    half = 0.155 if design.form == "ladies' watch" else 0.22
    parts = []
    for sign in (1, -1):
        y = np.linspace(radius * 0.96, 1.25, 40)
        z = -0.02 - 0.30 * ((y - radius) / (1.25 - radius)) ** 2
        path = np.stack([0 * y, sign * y, z], 1).astype(np.float32)
        if design.strap == "links":
            rows = resampled(path, int((1.25 - radius) / 0.125))
            for x, wide in ((-0.68, 0.29), (0, 0.36), (0.68, 0.29)):
                shift = 0.06 if x == 0 else 0.0
                link = plate(box_outline(wide * half, 0.056, 0.012), 1.0, density, height=0.03, dome=5)
                parts.append(link.copies(rows + np.float32([x * half, sign * shift, 0.0])))
            continue
        flat = 0.045 / half
        narrowing = np.linspace(half, half * 0.82, 40).astype(np.float32)
        if design.strap == "mesh":
            parts.append(tube(path, narrowing, density, up=(0, 0, 1), flat=flat, square=0.3, bump=_mesh(half)))
        else:
            parts.append(tube(path, narrowing, density, up=(0, 0, 1), flat=flat, square=0.35, slot=Slot.STRAP))
            for x in (-0.80, 0.80):
                stitches = resampled(path, int((1.25 - radius) / 0.035)) + np.float32([x * half * 0.92, 0, 0.043])
                parts.append(ball(0.007, density, slot=Slot.DIAL, stretch=(0.8, 1.6, 0.5)).copies(stitches))
    lugs = [(x * half, y * radius * 1.02, 0) for x in (-1.08, 1.08) for y in (-1, 1)]
    lug = ball(0.05, density, stretch=(0.7, 2.0, 0.9))
    return joined([*parts, lug.copies(np.asarray(lugs, np.float32))])


def _mesh(half: float) -> Callable[[Floats, Floats], Floats]:
    def bump(along: Floats, angle: Floats) -> Floats:
        across = np.cos(angle) * half * 150
        wave = np.sin(along * 190 + np.sign(np.sin(across)) * 1.57) * 0.45
        return np.stack([wave, 0.30 * np.sin(across) + 0 * along], -1).astype(np.float32)

    return bump


def _watch_scene(design: Design, view: str) -> Scene:
    if view == "front":
        camera = Camera(turn(x=-2) @ turn(y=3), 0.98, (0.0, 0.0), None)
        return Scene(_watch(design, camera.density), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=-26) @ turn(y=28), 1.4, (0.02, 0.02), None)
        return Scene(_watch(design, camera.density), camera, "pearl")
    camera = Camera(turn(x=-34) @ turn(y=-12) @ turn(z=-32), 0.92, (0.0, 0.0), None)
    return Scene(_watch(design, camera.density), camera, "slate")


# Sets --------------------------------------------------------------------------------------------------------------


def _set(design: Design, density: float) -> Cloud:
    necklace = replace(design, form="pendant necklace")
    path = _hanging(0.62, 0.16 if design.form == "three-piece set" else -0.08, 1.05, pointed=0.7)
    parts = [_necklace(necklace, density, path=path, scale=0.92)]
    earring = "studs" if design.variety < 0.5 else "dangles"
    pair = _pair(replace(design, form=earring), density, apart=0.60, size=0.19, turned=10, top=-0.36)
    parts.append(pair)
    if design.form == "three-piece set":
        ring = _ring(replace(design, form="solitaire ring"), density)
        view = turn(x=34) @ turn(y=-24)
        parts.append(ring.moved(rotation=view, scale=0.36, shift=(0, -0.74, 0)))
    return joined(parts)


def _set_scene(design: Design, view: str) -> Scene:
    if view == "front":
        camera = Camera(turn(y=-3), 0.98, (0.0, 0.0), None)
        return Scene(_set(design, camera.density), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=-16) @ turn(y=22), 1.45, (0.0, -0.34), None)
        return Scene(_set(design, camera.density), camera, "pearl")
    return _necklace_scene(replace(design, form="pendant necklace"), "scene")


_SCENES: dict[str, Callable[[Design, str], Scene]] = {
    "rings": _ring_scene,
    "necklaces": _necklace_scene,
    "earrings": _earring_scene,
    "bracelets": _bracelet_scene,
    "watches": _watch_scene,
    "sets": _set_scene,
}


def arranged(design: Design, view: str) -> Scene:
    """A jewel in one of the :data:`VIEWS`."""
    return _SCENES[design.category](design, view)
