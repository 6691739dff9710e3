"""All workspaces that a token may read: loading, filtering, sorting, grouping and exporting them."""
