"""Cloud Run jobs on one machine: the run.v2 REST API with OS processes as tasks."""
