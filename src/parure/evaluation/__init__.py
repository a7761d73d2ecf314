"""How good the answers are: metrics, intervals, groups, and a report that compares every contender honestly.

A :class:`Target` is made from a time split; a :class:`Judge` holds each contender's lists against it and gives an
:class:`Evaluation`, which prints as a table, goes to JSON and fills the HTML report.
"""

from parure.evaluation.calibration import expected_calibration_error, reliability_curve
from parure.evaluation.judge import Judge, Target
from parure.evaluation.report import write_report
from parure.evaluation.result import Contender, Evaluation, Reliability, Repeats, Row, Split
from parure.evaluation.table import comparison_table, print_evaluation
from parure.evaluation.truth import Truth, ranked_from_ids, ranked_matrix

__all__ = [
    "Contender",
    "Evaluation",
    "Judge",
    "Reliability",
    "Repeats",
    "Row",
    "Split",
    "Target",
    "Truth",
    "comparison_table",
    "expected_calibration_error",
    "print_evaluation",
    "ranked_from_ids",
    "ranked_matrix",
    "reliability_curve",
    "write_report",
]
