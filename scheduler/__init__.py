"""When, and exactly once: the store, the queue, the lanes and the engine that wakes them."""
