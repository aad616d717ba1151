"""What is said: posts, variants, media, checks and approval rules.

Nothing here knows a database, a network or a clock; time comes in as an argument.
"""
