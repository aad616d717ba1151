"""Law Day, the whole country at once: what rates, machines and projects it would take (`bench.simulate`)."""
