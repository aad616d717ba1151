"""What several rooms' tests share: a clock told the time, an office, a publisher without threads."""
