"""How it leaves the house: one package per platform, one contract, one conformance suite."""
