"""Tables to axes, with matplotlib only: ``plot_x(table, *, ax=None) -> Axes``.

Every function draws on the axes given, or on those of a new figure of 8 x 4.5 inches, and returns them.
It fits nothing, shows nothing, changes no settings and no table. Titles are left to the caller.
"""

from crmlab.plots.bands import plot_band_sizes
from crmlab.plots.customers import plot_distribution, plot_history
from crmlab.plots.moves import plot_class_moves, plot_cohorts
from crmlab.plots.palette import LINES, PALETTE, contrast
from crmlab.plots.response import plot_profit_curve, plot_response
from crmlab.plots.rfm import plot_rfm_grid
from crmlab.plots.segments_map import plot_segments
from crmlab.plots.truth import plot_estimate_truth
from crmlab.plots.value import plot_abc, plot_lorenz, plot_whale

__all__ = [
    "LINES",
    "PALETTE",
    "contrast",
    "plot_abc",
    "plot_band_sizes",
    "plot_class_moves",
    "plot_cohorts",
    "plot_distribution",
    "plot_estimate_truth",
    "plot_history",
    "plot_lorenz",
    "plot_profit_curve",
    "plot_response",
    "plot_rfm_grid",
    "plot_segments",
    "plot_whale",
]
