"""Whole jewels before a camera: rings, necklaces, earrings, bracelets and sets, each in three views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from parure.demo.drawing.bands import Design, Scene, band, chain, outwards, studded
from parure.demo.drawing.gems import stone
from parure.demo.drawing.motifs import motif
from parure.demo.drawing.outlines import TAU, Floats, box_outline, round_outline
from parure.demo.drawing.render import Camera
from parure.demo.drawing.shapes import (
    Cloud,
    Slot,
    ball,
    circle,
    joined,
    plate,
    resampled,
    tube,
    turn,
    vector,
)
from parure.demo.drawing.watches import watch_scene

# Rings -------------------------------------------------------------------------------------------------------------

_UP = turn(x=-90)
"""Makes a head that looks to +z look to +y, the top of an upright hoop."""


def _ring(design: Design, density: float) -> Cloud:
    """An upright ring in the x-y plane with its head at the top."""
    radius, head = 0.50, 0.215 * design.large
    family = design.family
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
        camera = Camera(turn(x=44) @ turn(y=-26), 1.14, (0.0, 0.06), -0.50)
        return Scene(_ring(design, camera.density), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=58) @ turn(y=16), 1.5, (0.0, 0.18), None)
        return Scene(_ring(design, camera.density), camera, "pearl")
    camera = Camera(turn(x=20) @ turn(y=-10), 1.02, (0.0, -0.12), -1.0)
    laid = _ring(design, camera.density).moved(rotation=turn(x=90), shift=(0, 0.0, 0))
    return Scene(laid.moved(shift=(0, -0.36, 0)), camera, "sand", "cone")


def _cone(density: float) -> Cloud:
    """A cone that rings are shown on."""
    share = np.linspace(0, 1, 60)
    path = np.stack([0 * share, -1.0 + 1.85 * share, 0 * share], 1).astype(np.float32)
    widths = ((0.62 - 0.46 * share**0.8) * 1.16).astype(np.float32)
    body = tube(path, widths, density, slot=Slot.PROP)
    return joined([body, ball(0.187, density, slot=Slot.PROP).moved(shift=(0, 0.84, 0))])


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
        clasp = motif(design.head(0.14 * scale, density)).moved(shift=(low[0], low[1] - 0.17 * scale, low[2] + 0.02))
        return joined([strand, clasp]) if design.variety > 0.5 else strand
    if design.form == "chain necklace":
        kind = design.chain
        return chain(path, kind, density, width=width * (1.3 + 1.0 * design.variety))
    if design.form == "collier":
        heads = 7 if design.variety < 0.5 else 5
        at = resampled(path, 161)[np.linspace(80 - heads * 7, 80 + heads * 7, heads).astype(int)]
        sizes = (0.155 - 0.016 * np.abs(np.arange(heads) - heads // 2)) / 0.155
        head = motif(design.head(0.155 * scale * design.large, density))
        row = head.copies((at + vector(0, -0.13 * scale, 0.02)), None, sizes.astype(np.float32))
        return joined([chain(path, design.chain, density, width=width), row])
    size = 0.24 * scale * design.large
    bail = tube(circle(0.035 * scale, 40), 0.011 * scale, density, closed=True).moved(rotation=turn(y=60))
    hung = motif(design.head(size, density)).moved(shift=(low[0], low[1] - size * 1.08 - 0.06 * scale, low[2] + 0.01))
    parts = [chain(path, design.chain, density, width=width * 0.8), hung]
    parts.append(bail.moved(shift=(low[0], low[1] - 0.03 * scale, low[2])))
    return joined(parts)


def _bust_widths() -> Floats:
    """Half the width of a display bust, by height from below: columns width, height."""
    y = np.linspace(-1.3, 1.3, 80)
    widths = np.interp(y, [-1.3, -0.55, 0.05, 0.32, 0.55, 0.8, 1.3], [1.15, 1.08, 0.86, 0.55, 0.36, 0.30, 0.29])
    kernel = np.hanning(13) / np.hanning(13).sum()
    return np.stack([np.convolve(np.pad(widths, 6, mode="edge"), kernel, "valid"), y], 1).astype(np.float32)


def _bust(density: float) -> Cloud:
    """A display bust that necklaces are shown on."""
    widths = _bust_widths()
    path = np.stack([0 * widths[:, 1], widths[:, 1], 0 * widths[:, 1]], 1)
    return tube(path, widths[:, 0], density, slot=Slot.PROP, flat=0.5)


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
    widths = _bust_widths()

    def front(x: Floats, y: Floats) -> Floats:
        radius = np.interp(y, widths[:, 1], widths[:, 0])
        return np.asarray(0.5 * np.sqrt(np.maximum(radius**2 - x**2, 0)), np.float32)

    path = _hanging(0.46, -0.16 if pointed > 0.5 else -0.22, 0.62, pointed=0.45)
    path[:, 2] = front(path[:, 0], path[:, 1]) + 0.02
    # Behind the neck the chain follows its side.
    path[:, 0] *= np.interp(path[:, 1], [0.2, 0.62], [1.0, 0.80])
    path[:, 2] = front(path[:, 0], path[:, 1]) + 0.02
    worn = _necklace(design, camera.density, path=path, scale=0.8)
    resting = front(path[80:81, 0], path[80:81, 1])
    for chunk in worn.chunks:
        # What hangs below the chain rests on the bust as well.
        x, y, z = chunk.points.T
        z += np.where(y < path[:, 1].min() - 0.02, np.maximum(front(x, y) - resting, 0), 0).astype(np.float32)
    return Scene(worn, camera, "rose", "bust")


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
    return Scene(pair.moved(shift=(0, 0.02, 0.10)), camera, "sage", "card")


def _card(density: float) -> Cloud:
    """A card that earrings are shown on."""
    card = plate(box_outline(0.72, 0.80, 0.06), 1.0, density, slot=Slot.PROP, height=0.03, dome=12)
    return card.moved(shift=(0, 0, -0.08))


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
    return joined([links, charm.copies(centres.astype(np.float32), outwards(angle))])


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
    worn = _bracelet(design, camera.density, radius=0.66).moved(rotation=_wrapped())
    return Scene(worn, camera, "sand", "roll")


def _roll(density: float) -> Cloud:
    """A roll that bracelets are shown on."""
    path = np.array([[x, 0, 0] for x in np.linspace(-0.92, 0.92, 40)], np.float32)
    roll = tube(path, 0.60, density, slot=Slot.PROP)
    cap = plate(round_outline, 0.60, density, slot=Slot.PROP, height=0.10, dome=4)
    caps = [cap.moved(rotation=turn(y=a), shift=(x, 0, 0)) for a, x in ((90, 0.92), (-90, -0.92))]
    return joined([roll, *caps])


def _wrapped() -> Floats:
    """Lays a hoop's x-y plane about the x axis, its top to the eye and a little up."""
    basis = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32)  # x -> y, y -> z, z -> x
    return (turn(x=-28) @ basis).astype(np.float32)


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


PROPS: dict[str, Callable[[float], Cloud]] = {"cone": _cone, "bust": _bust, "card": _card, "roll": _roll}
"""What jewels are shown on, by name: made at a density."""

_SCENES: dict[str, Callable[[Design, str], Scene]] = {
    "rings": _ring_scene,
    "necklaces": _necklace_scene,
    "earrings": _earring_scene,
    "bracelets": _bracelet_scene,
    "watches": watch_scene,
    "sets": _set_scene,
}


def arranged(design: Design, view: str) -> Scene:
    """A jewel in one of the :data:`VIEWS`."""
    return _SCENES[design.category](design, view)
