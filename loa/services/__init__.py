"""Use cases. The command line and the window both call these and nothing below them."""
