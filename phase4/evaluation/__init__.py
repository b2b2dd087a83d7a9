"""What the training set is worth: models judged on games that came after those they learnt from."""

from phase4.evaluation.evaluation import evaluate
from phase4.evaluation.page import html

__all__ = ["evaluate", "html"]
