"""The BigQuery of the laptop cloud: bqemulator in this process, its gaps to the service closed."""

import os

# Arrow asks once, while it is loaded. Its own allocator keeps a hundred megabytes of what a run
# once needed.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
