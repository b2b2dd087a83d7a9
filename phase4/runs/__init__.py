"""What is to be told of a run: plan, progress, forecast, usage, receipt, undo, explanation."""
