"""What a run needs and finds or does not find, asked of every service before the night begins."""

from phase4.doctor.examination import Examination, examine
from phase4.doctor.finding import Finding, Status

__all__ = ["Examination", "Finding", "Status", "examine"]
