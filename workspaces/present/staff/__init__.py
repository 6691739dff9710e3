"""Page models of the parts of the staff overview that Coder's own statistics are shown in."""
