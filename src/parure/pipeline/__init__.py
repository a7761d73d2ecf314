"""From a recipe to a bundle to recommendations; the only package that knows every stage."""
