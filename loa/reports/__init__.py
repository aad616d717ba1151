"""Documents for people: what the services know, laid out to be read and printed."""
