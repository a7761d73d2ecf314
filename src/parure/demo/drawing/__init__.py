"""Jewels as solid shapes, lit and photographed by plain numpy."""
