"""What the statements of sql/queries answer: a dataclass per file, which it names in `query`."""
