"""A shard of dates: read, compute, gate, publish, record."""
