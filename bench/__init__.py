"""Benchmarks: figures as ratios against a floor in the same run. `python -m bench [NAME...]`."""
