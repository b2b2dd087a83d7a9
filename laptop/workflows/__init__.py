"""Cloud Workflows on a laptop: the language, its connectors, and the two APIs."""
