"""The site: one page for everything that is known, as files that need nothing else."""

from phase4.site.facts import Site, site_of
from phase4.site.page import write
from phase4.site.publishing import Published, check_bucket, publish

__all__ = ["Published", "Site", "check_bucket", "publish", "site_of", "write"]
