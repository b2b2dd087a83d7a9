"""Google Cloud on a laptop: BigQuery, Pub/Sub, Cloud Run, Workflows, Storage as local processes."""

from laptop.cloud import Cloud, CloudError, Function, start
from laptop.ports import Ports

__all__ = ["Cloud", "CloudError", "Function", "Ports", "start"]
