"""Figures for Prometheus: read from the rows, so that a restart changes none of them.

`ledger` counts the attempts, `figures` reads everything else and names it, `serving` answers a scrape.
"""
