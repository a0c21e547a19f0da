"""One palette for every picture, chosen so that nobody needs to tell colours apart.

The eight named colours are the set published by Okabe and Ito (2008); ``ink``, ``grey`` and ``light`` are
for text, second lines and gridlines. Colour is never the only sign: ``LINES`` pairs each colour with a line
style and a marker, areas carry hatches or labels, and the text on a coloured cell is picked by contrast.
"""

from __future__ import annotations

from matplotlib.colors import LinearSegmentedColormap, to_rgb

PALETTE: dict[str, str] = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "ink": "#222222",
    "grey": "#5A5A5A",
    "light": "#DDDDDD",
}

TEXT = ("ink", "grey", "blue")  # readable on white at 10 pt: contrast of 4.5 and more
LINES: tuple[tuple[str, str, str], ...] = (  # colour, line style, marker: contrast with white of 3 and more
    ("blue", "-", "o"),
    ("vermillion", "--", "s"),
    ("green", "-.", "^"),
    ("black", ":", "D"),
)

_DEEP_BLUE, _PALE, _DEEP_RED = "#00344F", "#F4F8FB", "#6B2F00"
SEQUENTIAL = LinearSegmentedColormap.from_list("crmlab", [_PALE, "#9CC9E3", PALETTE["blue"], _DEEP_BLUE])
DIVERGING = LinearSegmentedColormap.from_list(
    "crmlab_diverging", [_DEEP_RED, PALETTE["vermillion"], _PALE, PALETTE["blue"], _DEEP_BLUE]
)


def luminance(color: object) -> float:
    """Relative luminance of a colour, 0 (black) to 1 (white).

    Parameters
    ----------
    color : any matplotlib colour

    Returns
    -------
    float

    References
    ----------
    W3C (2018), Web Content Accessibility Guidelines 2.1, definition of relative luminance.

    Examples
    --------
    >>> luminance("white")
    1.0
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]  # type: ignore[arg-type]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def contrast(first: object, second: object = "white") -> float:
    """Contrast ratio of two colours, 1 (the same) to 21 (black on white).

    Parameters
    ----------
    first, second : any matplotlib colour
        ``second`` is white unless told.

    Returns
    -------
    float

    References
    ----------
    W3C (2018), Web Content Accessibility Guidelines 2.1, success criteria 1.4.3 and 1.4.11.

    Examples
    --------
    >>> round(contrast("black"), 1)
    21.0
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def text_on(background: object) -> str:
    """The colour for text on a background: black or white, whichever stands out more (4.58 at least).

    Parameters
    ----------
    background : any matplotlib colour

    Returns
    -------
    str

    Examples
    --------
    >>> text_on("#00344F")
    'white'
    """
    return "black" if contrast("black", background) >= contrast("white", background) else "white"
