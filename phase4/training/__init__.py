"""The training set as who trains sees it: how much of it is real, and as files."""
