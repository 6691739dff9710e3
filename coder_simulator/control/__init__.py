"""What stands around the simulated API: its log of requests, its faults, and the addresses that steer them."""
