"""Hoạt động trực tiếp: what a unit does away from its channels, told in counts, never in names."""
