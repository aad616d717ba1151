"""A whole year of an office on the practice platforms, and a count of it that Loa has no part in."""
