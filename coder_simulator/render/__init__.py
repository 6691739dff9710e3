"""Build Coder's JSON from the state: one function for each of its types, for both versions."""
