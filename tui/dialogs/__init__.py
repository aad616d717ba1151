"""Dialogs: every one closes with Esc, confirms with Enter, and works with the mouse."""
