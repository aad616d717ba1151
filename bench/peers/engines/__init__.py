"""One module for each peer, run by `bench.peers.desk` in the peers' environment. What was set and why stands
beside each in `bench.peers.catalogue`."""
