"""A hand in the database: whatever it writes, nothing is public that was not approved, and it is reported."""
