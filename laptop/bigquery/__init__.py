"""The BigQuery of the laptop cloud: bqemulator in this process, its gaps to the service closed."""
