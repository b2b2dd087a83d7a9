"""What the tables are: columns, states, calendar, thresholds, factors, and their SQL."""
