"""The site in the bucket of the environment, written again after every run."""

from __future__ import annotations

from dataclasses import dataclass

from phase4.cloud.settings import Settings
from phase4.cloud.site_pages import INDEX, SitePages, report_name
from phase4.cloud.warehouse import Warehouse
from phase4.errors import NotThere
from phase4.report import html as report_html
from phase4.report import report_of
from phase4.site.facts import Site
from phase4.site.page import html


class NoBucket(NotThere):
    """The environment has no bucket for the site."""

    def __init__(self) -> None:
        super().__init__(
            "PHASE4_SITE_BUCKET='': no bucket for the site: name the one that Terraform makes, or"
            " write into a folder with `phase4 site --out`"
        )


def check_bucket(settings: Settings) -> None:
    """NoBucket where the environment has none."""
    if not settings.site_bucket:
        raise NoBucket


@dataclass(frozen=True)
class Published:
    """Where the site is read, and whether it was written: a newer one is left."""

    address: str
    is_written: bool


def publish(
    warehouse: Warehouse, site: Site, run_id: str = "", pages: SitePages | None = None
) -> Published:
    """Writes the index, and the report of a run, or of the last one, before it is linked."""
    settings = warehouse.settings
    pages = pages or SitePages(settings)
    if reported := site.run_to_report(run_id):
        pages.put(report_name(reported), report_html(report_of(warehouse, reported)), site.made_at)
    links = {known: settings.page(report_name(known)) for known in pages.reports()}
    is_written = pages.put(INDEX, html(site, links), site.made_at)
    return Published(settings.page(INDEX), is_written)
