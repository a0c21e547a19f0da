"""Tables to work on: ``load_*`` gives bundled or installed data, ``make_*`` simulates with known truth."""

from crmlab.datasets.bundled import load_retail
from crmlab.datasets.cdnow import load_cdnow
from crmlab.datasets.lesson import LessonData, lesson_data
from crmlab.datasets.retail import Kind, RetailSettings, World, make_retail
from crmlab.datasets.truth import true_letter, true_value

__all__ = [
    "Kind", "LessonData", "RetailSettings", "World",
    "lesson_data", "load_cdnow", "load_retail", "make_retail", "true_letter", "true_value",
]  # fmt: skip
