"""What `phase4` can do on a laptop: commands that its command line finds by their entry point."""
