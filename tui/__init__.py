"""The officer's window: a Textual application over `loa.services`."""
