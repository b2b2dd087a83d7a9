"""Validation: what the tables hold, judged; one snapshot per validation, alerts that fire once."""
