"""The bundled tables: small CSV files that a student opens in a spreadsheet, and the page on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from crmlab.contracts import TABLES, DataError, data_dictionary
from crmlab.course import course_dir
from crmlab.datasets.complaint_world import (
    COMPLAINT_NOTES,
    SEED_COMPLAINTS,
    ComplaintWorld,
    make_complaint_world,
)  # fmt: skip
from crmlab.datasets.dealers import DEALER_NOTES, DealerWorld, make_dealers
from crmlab.datasets.energy_world import ENERGY_NOTES, SEED_ENERGY, EnergyWorld, make_energy
from crmlab.datasets.fieldwork import FIELDWORK_NOTES, SEED_FIELDWORK, Survey, make_fieldwork
from crmlab.datasets.let_go import LET_GO_NOTES, SEED_LET_GO, LetGoWorld, make_let_go
from crmlab.datasets.loyalty import LOYALTY_NOTES, SEED_LOYALTY, LoyaltyWorld, make_loyalty
from crmlab.datasets.needs import NEEDS_NOTES, SEED_NEEDS, NeedsWorld, make_needs
from crmlab.datasets.organisations import ORGANISATION_NOTES, OrganisationWorld, make_organisations
from crmlab.datasets.personal import MEMBERS, PERSONAL_NOTES, PersonalWorld, make_personal
from crmlab.datasets.protected import PROTECTED_NOTES, ProtectedWorld, make_protected
from crmlab.datasets.retail import World, make_retail
from crmlab.datasets.subscriptions import (
    SEED_SUBSCRIPTIONS,
    SUBSCRIPTION_NOTES,
    SubscriptionWorld,
    make_subscriptions,
)
from crmlab.datasets.telecom import (
    SEED_TELECOM,
    SMALL_TELECOM,
    TELECOM_NOTES,
    TelecomWorld,
    make_telecom,
)
from crmlab.datasets.three_sources import SEED_SOURCES, SOURCES_NOTES, Sources, make_sources

SEED_DEALERS = 2
SEED = 69  # of the retail world; why this one: see its notes below
T = TypeVar("T")


@dataclass(frozen=True)
class Bundle:
    """One bundled world: how it is made, the class of its tables, and what the page says of it."""

    make: Callable[[], Any]
    tables: type
    title: str
    notes: tuple[str, ...]

    def names(self) -> list[str]:
        """List the tables in order."""
        return [field.name for field in dataclasses.fields(self.tables)]


RETAIL_NOTES = (
    "Buying and leaving: Pareto/NBD parameters r, alpha and s published for CDNOW (Fader, Hardie, "
    "Lee 2005, Marketing Science 24(2), 275-284); beta is doubled, our choice. Amounts: gamma-gamma p "
    "and q (Fader, Hardie 2013, brucehardie.com/notes/025), gamma in this firm's EUR, our choice.",
    "Concentration: the best fifth of customers brings about 0.7 of revenue; published means are .73 "
    "for packaged goods (Kim, Singh, Winer 2017, Marketing Letters) and .67 for other firms (McCarthy, "
    "Winer 2018).",
    "Whale curve: the best fifth makes about 130 % of a year's profit and about three in ten "
    "customers lose money; Sherden's sentence, read literally, gives 133 % (as Kotler reports it; no "
    "data set behind it is known).",
    "Turnover at the top: a little more than half of a year's best fifth is not in next year's best "
    "fifth; published: about half (Sharp, Romaniuk, Graham 2019).",
    "Satisfaction answers 4/6/8/38/44 % over all customers: 82 % in the two best boxes "
    "(Jones, Sasser 1995). Those who answer are not all customers.",
    "Letters: `letters` was drawn by lot, so treated and control differ by chance alone. The size of "
    "the effect is our choice.",
    "The seed, 69: of eighty, one whose small sample does not mislead about the letters. Others often do; "
    "lesson 06 counts how often.",
)
BUNDLED = {  # one world a line: its folder in datasets/, how it is made, its tables, its title and its notes
    "retail": Bundle(lambda: make_retail(rng=SEED), World, "Pinefold, a seller of home goods", RETAIL_NOTES),
    "organisations": Bundle(
        make_organisations, OrganisationWorld, "What Pinefold has written down", ORGANISATION_NOTES
    ),
    "fieldwork": Bundle(
        lambda: make_fieldwork(make_retail(rng=SEED), rng=SEED_FIELDWORK),
        Survey,
        "A survey among Pinefold's customers",
        FIELDWORK_NOTES,
    ),
    "needs": Bundle(
        lambda: make_needs(make_retail(rng=SEED), rng=SEED_NEEDS),
        NeedsWorld,
        "What Pinefold's customers look for",
        NEEDS_NOTES,
    ),
    "three_sources": Bundle(
        lambda: make_sources(rng=SEED_SOURCES),
        Sources,
        "Three sources of one customer base",
        SOURCES_NOTES,
    ),
    "dealers": Bundle(
        lambda: make_dealers(rng=SEED_DEALERS),
        DealerWorld,
        "Pinefold's dealers, who buy on credit",
        DEALER_NOTES,
    ),
    "subscriptions": Bundle(
        lambda: make_subscriptions(2700, rng=SEED_SUBSCRIPTIONS),
        SubscriptionWorld,
        "Pinefold Home, a service with a contract",
        SUBSCRIPTION_NOTES,
    ),
    "protected": Bundle(make_protected, ProtectedWorld, "What must be protected", PROTECTED_NOTES),
    "complaint_world": Bundle(
        lambda: make_complaint_world(rng=SEED_COMPLAINTS),
        ComplaintWorld,
        "Complaints at Pinefold",
        COMPLAINT_NOTES,
    ),
    "let_go": Bundle(
        lambda: make_let_go(rng=SEED_LET_GO), LetGoWorld, "Four reasons to let customers go", LET_GO_NOTES
    ),
    "loyalty": Bundle(
        lambda: make_loyalty(rng=SEED_LOYALTY), LoyaltyWorld, "How content, how loyal", LOYALTY_NOTES
    ),
    "energy": Bundle(
        lambda: make_energy(rng=SEED_ENERGY),
        EnergyWorld,
        "Quillmoor, an invented seller of electricity",
        ENERGY_NOTES,
    ),
    "telecom": Bundle(
        lambda: make_telecom(SMALL_TELECOM, rng=SEED_TELECOM),
        TelecomWorld,
        "Larkline, a mobile carrier, and who calls it",
        TELECOM_NOTES,
    ),
    "personal": Bundle(
        lambda: make_personal(make_retail(rng=SEED), n_members=MEMBERS),
        PersonalWorld,
        "Baskets, habits and offers at Pinefold",
        PERSONAL_NOTES,
    ),
}


def load_retail() -> World:
    """Load the bundled retail world: 6,000 customers of Pinefold, three years, with the truth sheet.

    Returns
    -------
    World
        The tables of `make_retail(n_customers=6000, rng=69)`, read from ``datasets/retail`` and
        ``datasets/truth``.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> world = load_retail()
    >>> len(world.customers)
    6000
    """
    return load("retail", World)


def load_dealers() -> DealerWorld:
    """Load the bundled dealers' world: 400 dealers who buy on credit, three years, with the truth sheets.

    Returns
    -------
    DealerWorld
        The tables of `make_dealers(400, rng=2)`, read from ``datasets/dealers`` and ``datasets/truth``.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_dealers().dealers)
    400
    """
    return load("dealers", DealerWorld)


def load_complaint_world() -> ComplaintWorld:
    """Load the bundled complaints world: 3,000 customers, their problems of 2022 and 2023, and the truth.

    Returns
    -------
    ComplaintWorld
        The tables of `make_complaint_world(3000, rng=16)`, read from ``datasets/complaint_world`` and
        ``datasets/truth``.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_complaint_world().delivery_weeks)
    104
    """
    return load("complaint_world", ComplaintWorld)


def load_personal() -> PersonalWorld:
    """Load the bundled personal world: baskets, payments and offers of a sample of 600 customers.

    Returns
    -------
    PersonalWorld
        The tables of `make_personal(load_retail(), n_members=600, rng=19)`.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> len(load_personal().truth_personal)
    600
    """
    return load("personal", PersonalWorld)


def load(world: str, kind: type[T]) -> T:
    """Read a bundled world back: the tables of ``datasets/<world>`` and its truth sheets.

    Parameters
    ----------
    world : str
        A name in `BUNDLED`.
    kind : type
        The class of its tables.

    Returns
    -------
    kind
        Every table as it was made; in truth sheets, numbers rounded to 6 places.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> list(load("retail", World).campaigns["campaign_id"])
    ['autumn 2023', 'spring 2024']
    """
    return kind(**{name: _read(world, name) for name in BUNDLED[world].names()})


def write_bundled(folder: Path) -> None:
    """Write the bundled tables and ``README.md`` into a folder; the same bytes each time.

    Parameters
    ----------
    folder : Path
        Where to; files of the same names are replaced.
    """
    pages = []
    for world, bundle in BUNDLED.items():
        made = bundle.make()
        for name in bundle.names():
            path = folder / _place(world, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            table = getattr(made, name)
            if name.startswith("truth"):
                table = table.assign(**table.select_dtypes("float").round(6))
            table.to_csv(path, index=False, date_format="%Y-%m-%d", lineterminator="\n")
        pages.append(_page(world, bundle, made))
    (folder / "README.md").write_text(_head() + "\n".join(pages), encoding="utf-8", newline="\n")


def _place(world: str, table: str) -> Path:
    if table.startswith("truth"):
        return Path(f"truth/{world}{table.removeprefix('truth')}.csv")
    return Path(f"{world}/{table}.csv")


def _read(world: str, table: str) -> pd.DataFrame:
    path = course_dir() / "datasets" / _place(world, table)
    columns = TABLES[table].columns
    days = [c.name for c in columns if c.kind == "day"]
    text = {c.name: str for c in columns if c.kind in ("id", "category", "text")}
    gaps = {c.name: "Int64" for c in columns if c.nullable and c.kind in ("count", "number") and c.whole}
    try:
        return pd.read_csv(path, parse_dates=days, date_format="%Y-%m-%d", dtype=text | gaps)
    except (OSError, ValueError) as error:
        raise DataError(
            f"the bundled table {table!r} cannot be read from {path} ({error}). "
            "Hint: crmlab doctor checks the installation; git checkout datasets brings a clone's files back."
        ) from None


def _head() -> str:
    return (
        "# The data sets\n\n"
        "All of this is simulated: Pinefold, its customers, its dealers and every figure are made up by the "
        "functions `make_...` of `crmlab.datasets`, at fixed seeds. What the firm sees lies in a folder of "
        "each world; what only the generator knows lies apart, in `truth/`. `make data` writes the files "
        "again, byte for byte.\n\n"
        "Real orders come from CDNOW, inside the installed `lifetimes` package (`crmlab.load_cdnow()`); they "
        "are not copied here.\n\n"
    )


def _page(world: str, bundle: Bundle, made: Any) -> str:
    lines = [f"## {bundle.title}", "", f"Folder `{world}/`. What it is calibrated to, with sources:", ""]
    lines += [f"- {note}" for note in bundle.notes]
    lines.append("")
    for name in bundle.names():
        table, rows = TABLES[name], len(getattr(made, name))
        lines += [
            f"### {name} · {table.zh}",
            "",
            f"`{_place(world, name).as_posix()}`, {rows:,} rows: {table.meaning}.",
            "",
            "| column | 中文 | unit | range | missing | meaning |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| `{r.column}` | {r.中文} | {r.unit} | {r.range} | {r.missing} | {r.meaning} |"
            for r in data_dictionary(name).itertuples()
        ]
        lines.append("")
    return "\n".join(lines)
