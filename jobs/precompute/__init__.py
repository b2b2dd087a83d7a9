"""The processor: from a season's history to the composite factors of every player who played."""
