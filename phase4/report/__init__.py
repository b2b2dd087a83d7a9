"""The report of a run: one self-contained page, or the same facts as Markdown or JSON."""

from phase4.report.facts import Report, report_of
from phase4.report.page import html, markdown

__all__ = ["Report", "html", "markdown", "report_of"]
