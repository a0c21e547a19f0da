"""Names, addresses, phones and mail of people who do not exist, made from syllables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_START = ("Bal", "Cor", "Dre", "Fen", "Gal", "Hul", "Jor", "Kes", "Lum", "Mor", "Nev", "Or", "Pel", "Quo",
          "Ril", "Sel", "Tav", "Ul", "Vor", "Wim", "Yar", "Zel")  # fmt: skip
_MIDDLE = ("a", "an", "ar", "e", "el", "en", "i", "il", "o", "or", "u", "us")
_GIVEN_END = ("bo", "da", "fi", "ka", "li", "mo", "na", "ris", "sa", "vi", "wen", "zo")
_FAMILY_END = (
    "bask",
    "dorn",
    "fell",
    "grove",
    "hask",
    "lund",
    "mire",
    "nock",
    "quist",
    "rook",
    "thorp",
    "vane",
)
_PINYIN_FAMILY = (
    "Zhuo",
    "Quei",
    "Xiong'er",
    "Bao'an",
    "Luowei",
    "Fenglu",
    "Zhaoqi",
    "Houlin",
    "Menkai",
    "Tuosu",
)
_PINYIN = ("lan", "mei", "qi", "zhu", "bo", "ruo", "xin", "tao", "yun", "hai", "jia", "wen")
_STREETS = ("Fernwhistle", "Old Tallow", "Kettleback", "Snailgate", "Moonbarrel", "Thimble", "Hollowpear",
            "Candlefrog", "Bluegoose", "Mossbell", "Turnipfield", "Owlhatch", "Gingerhook", "Larkbucket",
            "Wobblestone", "Pinedrop", "Saltbonnet", "Quillmarsh", "Copperleaf", "Duskmill")  # fmt: skip
_WAYS = ("Lane", "Street", "Road", "Row")
_TRADES = ("Interiors", "Hotel", "Offices", "Kitchens", "Trading", "Studio")


@dataclass(frozen=True)
class Names:
    """Pools of invented names with how common each is, and rules for what belongs to whom."""

    given: Array
    given_share: Array
    family: Array
    family_share: Array
    salt: int

    def draw_given(self, n: int, g: np.random.Generator) -> Array:
        """Draw given names; a few are common, most are rare."""
        names: Array = g.choice(self.given, n, p=self.given_share)
        return names

    def draw_family(self, n: int, g: np.random.Generator) -> Array:
        """Draw family names; a few are common, most are rare."""
        names: Array = g.choice(self.family, n, p=self.family_share)
        return names

    def _lot(self, *parts: int) -> int:
        """Give a number that depends on the parts only."""
        value = self.salt
        for part in parts:
            value = (value * 6_364_136_223_846_793_005 + part * 1_442_695_040_888_963_407 + 1) % 2**63
        return value >> 16

    def address(self, home: int, version: int) -> tuple[str, str]:
        """Give street with number, and postcode, of a home after so many moves."""
        lot = self._lot(11, home, version)
        street = f"{_STREETS[lot % 20]} {_WAYS[lot // 20 % 4]} {1 + lot // 80 % 89}"
        return street, f"P-{100 + lot // 8000 % 60}"

    def phone(self, owner: int, version: int) -> str:
        """Give a number that reaches nobody."""
        lot = self._lot(13, owner, version)
        return f"000{lot % 10**7:07d}"

    def email(self, given: str, family: str, owner: int, version: int) -> str:
        """Give an address at a domain kept for examples."""
        lot = self._lot(17, owner, version)
        mine = f"{given}.{family}".lower().replace("'", "")
        return f"{mine}{lot % 90 + 10}@example.{'org' if lot // 90 % 2 else 'net'}"

    def company(self, owner: int) -> str:
        """Give the name of a firm that does not exist."""
        lot = self._lot(19, owner)
        return f"{self.family[lot % len(self.family)]} {_TRADES[lot // 1000 % 6]}"


def make_names(g: np.random.Generator) -> Names:
    """Make the pools of names: four in five from one set of syllables, one in five looks like pinyin."""
    given = [f"{a}{b}{c}" for a in _START for b in _MIDDLE[::3] for c in _GIVEN_END[::2]]
    family = [f"{a}{b}{c}" for a in _START for b in _MIDDLE[::2] for c in _FAMILY_END[::2]]
    given = (
        list(g.permutation(given)[:190])
        + [f"{a}{b}".capitalize() for a in _PINYIN for b in _PINYIN if a != b][::2]
    )
    family = list(g.permutation(family)[:340]) + list(_PINYIN_FAMILY)

    def shares(n: int, rare: int) -> Array:
        common = 1 / (np.arange(1, n - rare + 1) + 12.0) ** 0.9
        rest = np.full(rare, common.sum() * 0.2 / 0.8 / rare)
        both: Array = np.r_[common, rest] / (common.sum() + rest.sum())
        return both

    return Names(
        given=np.array(given, dtype=object), given_share=shares(len(given), len(given) - 190),
        family=np.array(family, dtype=object), family_share=shares(len(family), len(_PINYIN_FAMILY)),
        salt=int(g.integers(1, 2**31)),
    )  # fmt: skip
