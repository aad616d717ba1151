"""Publishers that die: at every named step, at random instants, and beside platforms that do not answer."""
