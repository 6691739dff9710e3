"""The portal itself."""
