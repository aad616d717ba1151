"""Loa beside other schedulers: the same posts, the same local platform (bench/README.md)."""
