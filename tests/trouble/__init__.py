"""The machine's own bad luck, met for real: real disks, locks, users and processes, no pretending."""
