"""The JSON that Coder sends, built from the state: one function for each of its types, for both versions."""
