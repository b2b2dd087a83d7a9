"""`python -m laptop.project --port P`: serves the API until SIGTERM."""

from __future__ import annotations

from laptop.foreground import serve
from laptop.project.rest import ProjectApi

if __name__ == "__main__":
    serve("laptop.project", __doc__, ProjectApi().application())
