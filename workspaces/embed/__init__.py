"""Pages in frames of other sites: who may frame them, and what a frame may do. The views are in `views/embed/`."""
