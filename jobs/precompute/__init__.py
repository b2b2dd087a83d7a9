"""The entry point of the job's image: what it does is in phase4.filling."""
