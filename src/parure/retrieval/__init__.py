"""Sources of candidates, one module each."""
