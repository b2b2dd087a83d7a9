"""`python -m laptop.storage --port P`: serves the API until SIGTERM."""

from __future__ import annotations

from laptop.foreground import serve
from laptop.storage.rest import StorageApi

if __name__ == "__main__":
    serve("laptop.storage", __doc__, StorageApi().application())
