"""Watches: case, dial, hands and strap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from parure.demo.drawing.bands import Design, Scene, ridges
from parure.demo.drawing.gems import beads, cut_stone
from parure.demo.drawing.motifs import hammered, motif
from parure.demo.drawing.outlines import TAU, Floats, box_outline, polygon_outline, round_outline, star_outline
from parure.demo.drawing.render import Camera
from parure.demo.drawing.shapes import (
    Cloud,
    Slot,
    ball,
    circle,
    joined,
    plate,
    resampled,
    rope,
    tube,
    turn,
    vector,
)


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
        tube(rim * np.float32(0.93) + vector(0, 0, 0.05), 0.02, density, closed=True),
        _dial(design, outline, radius * 0.92, density),
        _hands(design, radius, density),
        _strap(design, radius, density),
    ]
    crown = tube(np.array([[radius + 0.04, 0, 0], [radius + 0.12, 0, 0]], np.float32), 0.045, density, bump=ridges(6))
    parts.append(crown)
    if design.form == "chronograph":
        pusher = tube(np.array([[radius + 0.02, 0, 0], [radius + 0.12, 0, 0]], np.float32), 0.03, density)
        parts += [pusher.moved(rotation=turn(z=a)) for a in (32, -32)]
    if design.ornament in ("vintage", "filigree", "floral"):
        grains = resampled(rim * np.float32(1.04) + vector(0, 0, 0.055), 60, closed=True)
        parts.append(beads(grains, 0.017, density))
    if design.ornament in ("twisted",):
        parts.append(rope(rim + vector(0, 0, 0.05), 0.035, density, turns=40, closed=True))
    if design.family != "none":
        small = cut_stone("round", 0.034, density, slot=Slot.STONE)
        parts.append(small.copies(resampled(rim + vector(0, 0, 0.068), int(TAU * radius / 0.074), closed=True)))
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
                parts.append(link.copies(rows + vector(x * half, sign * shift, 0.0)))
            continue
        flat = 0.045 / half
        narrowing = np.linspace(half, half * 0.82, 40).astype(np.float32)
        if design.strap == "mesh":
            parts.append(tube(path, narrowing, density, up=(0, 0, 1), flat=flat, square=0.3, bump=_mesh(half)))
        else:
            parts.append(tube(path, narrowing, density, up=(0, 0, 1), flat=flat, square=0.35, slot=Slot.STRAP))
            for x in (-0.80, 0.80):
                stitches = resampled(path, int((1.25 - radius) / 0.035)) + vector(x * half * 0.92, 0, 0.043)
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


def watch_scene(design: Design, view: str) -> Scene:
    """A watch in one of the views."""
    if view == "front":
        camera = Camera(turn(x=-2) @ turn(y=3), 0.98, (0.0, 0.0), None)
        return Scene(_watch(design, camera.density), camera, "white")
    if view == "detail":
        camera = Camera(turn(x=-26) @ turn(y=28), 1.4, (0.02, 0.02), None)
        return Scene(_watch(design, camera.density), camera, "pearl")
    camera = Camera(turn(x=-34) @ turn(y=-12) @ turn(z=-32), 0.92, (0.0, 0.0), None)
    return Scene(_watch(design, camera.density), camera, "slate")
