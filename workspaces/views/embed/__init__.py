"""Pages in frames of other sites. `workspaces/embed/` decides who may frame them."""
