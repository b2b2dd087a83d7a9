"""The site: one page for everything that is known, as files that need nothing else."""

from phase4.site.facts import Site, site_of
from phase4.site.page import write

__all__ = ["Site", "site_of", "write"]
