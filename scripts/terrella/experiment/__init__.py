"""Experiments: from a file with a question to a page with its answer (docs/EXPERIMENTS.md)."""
