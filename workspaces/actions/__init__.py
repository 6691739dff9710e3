"""The actions on a workspace, and for each the reason why it is not possible now."""
