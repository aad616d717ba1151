"""The command line: nouns and verbs over `loa.services`."""
