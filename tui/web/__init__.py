"""The window in a browser: `loa web`."""
