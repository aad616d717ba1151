"""What several rooms' tests share: a clock that is told the time, a workspace, a publisher without threads."""
