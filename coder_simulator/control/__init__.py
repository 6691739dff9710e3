"""Control a simulated server from a test: request log, faults, rate limits, clock."""
