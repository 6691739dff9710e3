"""Build page models from Coder's types: texts, tones and times. Pure: the time comes with the viewer."""
