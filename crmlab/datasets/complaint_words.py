"""What customers write and agents say in the complaints world: sentences of our own, put together by lot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.tables.complaints import CAUSES, MISTAKES

THINGS = ("lamp", "rug", "armchair", "shelf", "teapot", "mirror", "cushion set", "bed linen", "side table",
          "garden bench", "clock", "vase")  # fmt: skip
CORES = {
    "late delivery": (
        "My {t} came {n} days late.", "I am still waiting for the {t} you promised last week.",
        "Nobody was at the door although I took a day off for the {t}.",
        "The parcel with the {t} has not moved for {n} days.", "You changed the day of delivery {m} times.",
        "The {t} was a present and arrived after the birthday.",
    ),
    "damaged": (
        "The box was crushed and the {t} has a dent.", "The {t} arrived broken.",
        "There is a long scratch on the {t}.",
        "One leg of the {t} was snapped in the parcel.",
        "The glass of the {t} was in pieces when I opened it.",
        "The packing was wet and the {t} is stained.",
    ),
    "wrong item": (
        "I ordered the {t} and got the {u}.", "The {t} is the wrong colour.",
        "You sent me only one {t}, I paid for {m}.",
        "The size of the {t} is not what I ordered.", "Somebody else's {t} was in my parcel.",
        "The {t} in the box is another model than in the picture.",
    ),
    "defect": (
        "After {n} days the {t} stopped working.", "The seam of the {t} came apart by itself.",
        "The {t} wobbles whatever I do.", "The paint comes off the {t} already.",
        "The screws of the {t} do not hold, it is badly made.", "The {t} smells of glue even after {n} days.",
    ),
    "billing": (
        "I was charged twice for the {t}.", "The voucher was not taken off my bill.",
        "My refund for the {t} has not reached my account.",
        "The invoice shows a price that I never agreed to.",
        "You sent me a reminder for a bill that I paid {n} days ago.",
        "There is a fee on the bill that nobody told me of.",
    ),
    "staff": (
        "The man on the phone was rude to me.", "Your assistant in the shop ignored me.",
        "I was passed on to {m} people and nobody cared.", "The driver shouted at my mother.",
        "The lady hung up while I was speaking.", "Nobody in your shop wanted to answer my question.",
    ),
}  # fmt: skip
LATER = {  # how people put it from 2023 on; nobody wrote so in the year that was read
    "late delivery": ("The app says delivered, my doorstep says no {t}.",
    "Tracking has been stuck since Monday.",
                      "The courier left a card and drove on."),
    "damaged": ("The new courier must have thrown the {t}.", "The {t} has cracks, the carton looked fine.",
                "The corner of the {t} is bent from the ride."),
    "wrong item": ("This is not the {t} from the photo.", "Two left parts, no right one, in the set.",
                   "My neighbour has my {t} and I have his {u}."),
    "defect": ("The {t} gave up after {n} days.", "The handle of the {t} came off in my hand.",
               "The battery of the {t} does not load."),
    "billing": ("The app took the money {m} times.", "The points I had saved are gone from the bill.",
                "You booked the {t} on an old card of mine."),
    "staff": ("Your chat agent made fun of me.", "I felt like a beggar in your shop.",
              "The one at the counter looked at his phone all the time."),
}  # fmt: skip
VAGUE = (
    "This is not what I expect from you.", "I am very unhappy with my order of the {t}.",
    "Never again. It used to be so good with you.", "Please call me about the {t}.",
    "It is always the same with you.", "I want my money back for the {t}.",
)  # fmt: skip
OPEN = ("Hello,", "Dear Pinefold,", "", "Good day.", "To whom it may concern:", "Hi,")
CLOSE = ("Please help.", "What will you do about it?", "I expect an answer.", "", "I want my money back.",
         "This is the {o} time.", "I had told a friend how good you are.", "Please call me.")  # fmt: skip

FAULT = {  # said by the agent; the last one of each in words that no rule knows
    "admits early": ("I am so sorry, that is entirely our fault.", "You are right, we made a mistake there.",
                     "Yes, we got that wrong, no doubt.", "This one is on us, I am afraid."),
    "quarrels": ("That is simply not true.", "You are wrong about that.", "I do not believe that.",
                 "Nobody else has ever said such a thing."),
    "lectures": ("You should have read the instructions first.",
    "Next time you must check the size before you order.",
                 "As a customer you have to know the terms.", "People who measure do not have this trouble."),
    "blames": ("The warehouse messed that up, not us.", "That is the carrier's problem.",
               "Blame the supplier, I only answer the phone.", "I would love to help, but others did this."),
    "pointless question": ("Are you sure you ordered from us?", "What was your order number again?",
                           "And why did you not notice that earlier?", "Do you live alone, if I may ask?"),
    "words without deeds": ("I will call you back today.", "We will take care of it at once.",
                            "I promise you will hear from us.", "It is as good as done."),
}  # fmt: skip
HARMLESS = (  # right things to say that look like mistakes to a rule
    "The warehouse can see the parcel, let me ask them.",
    "It is not true that you would have to pay for the return.",
    "If it turns out that we made a mistake, you get your money back.",
    "You should have received a mail by now, did it come?",
    "Is there anything else that I can do?", "May I read the number back to you?",
)  # fmt: skip
FACTS = ("What exactly happened with the {t}?", "When did you notice it?", "Could you tell me what you see?")
CALM = (
    "I hear you, please go on.",
    "That must have been annoying. I am listening.",
    "Please take your time.",
)
DEEDS = ("Refund entered.", "Replacement ordered.", "Call back booked for tomorrow.", "Pick-up booked.")
DEED_WORDS = (
    "I will send you a new one.",
    "I will call you back tomorrow at ten.",
    "We will take care of the pick-up.",
)


def _pick(options: Any, rng: np.random.Generator) -> str:
    return str(options[int(rng.integers(0, len(options)))])


def _fill(sentence: str, rng: np.random.Generator) -> str:
    if "{" not in sentence:
        return sentence
    t, u = rng.choice(len(THINGS), 2, replace=False)
    return sentence.format(
        t=THINGS[t], u=THINGS[u], n=int(rng.integers(2, 15)), m=_pick(("two", "three"), rng),
        o=_pick(("second", "third"), rng),
    )  # fmt: skip


def _slip(text: str, rng: np.random.Generator, rate: float) -> str:
    """Swap two letters inside some of the longer words, or lose one."""
    words = text.split(" ")
    for i in np.flatnonzero(rng.random(len(words)) < rate):
        word = words[i]
        if len(word) > 4:
            at = int(rng.integers(1, len(word) - 2))
            swap = rng.random() < 0.5
            words[i] = word[:at] + (word[at + 1] + word[at] if swap else word[at + 1]) + word[at + 2 :]
    return " ".join(words)


def write_texts(
    cause: Any, later: Any, *, mixed: float, vague: float, slips: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Write what customers wrote, a text for each cause; some name a second one, some none."""
    rows = []
    for name, new in zip(cause, later, strict=True):
        draw = rng.random()
        said = LATER if new and rng.random() < 0.2 else CORES
        kind = "mixed" if draw < mixed else "vague" if draw < mixed + vague else "plain"
        middle = [_pick(VAGUE if kind == "vague" else said[name], rng)]
        if kind == "mixed":
            other = _pick([c for c in CAUSES if c != name], rng)
            middle.insert(int(rng.integers(0, 2)), _pick(said[other], rng))
        parts = [_pick(OPEN, rng), *middle, _pick(CLOSE, rng)]
        text = " ".join(_fill(p, rng) for p in parts if p)
        rows.append((_slip(text, rng, slips), kind))
    return pd.DataFrame(rows, columns=["text", "text_kind"])


def write_talks(
    case_id: Any, *, rate: float, unusual: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write talks turn by turn, with planted mistakes; some in words that no rule will know."""
    turns, planted = [], []
    for case in case_id:
        wrong = [m for m in MISTAKES if rng.random() < rate]

        def fault(mistake: str) -> str:
            said = FAULT[mistake]
            return said[-1] if rng.random() < unusual else _pick(said[:-1], rng)

        core = _fill(_pick(CORES[_pick(CAUSES, rng)], rng), rng)
        talk = [("agent", "Pinefold, good day."), ("customer", core)]
        if "admits early" in wrong:
            talk.append(("agent", fault("admits early")))
        talk.append(("agent", _pick(CALM, rng)))
        if rng.random() < 0.3:
            talk.append(("customer", _pick(("You are wrong about this!", "This is your fault."), rng)))
        if "pointless question" in wrong:
            talk.append(("agent", fault("pointless question")))
        talk += [("agent", _fill(_pick(FACTS, rng), rng)), ("customer", "As I said, I want this put right.")]
        middle = [m for m in ("quarrels", "lectures", "blames") if m in wrong]
        talk += [("agent", fault(m)) for m in middle]
        if rng.random() < 0.35:
            talk.append(("agent", _pick(HARMLESS, rng)))
        if "words without deeds" in wrong:
            talk.append(("agent", fault("words without deeds")))
        elif rng.random() < 0.8:
            talk += [("agent", _pick(DEED_WORDS, rng)), ("note", _pick(DEEDS, rng))]
        turns += [(case, i, who, said) for i, (who, said) in enumerate(talk, start=1)]
        planted += [(case, m) for m in wrong]
    return (
        pd.DataFrame(turns, columns=["case_id", "turn", "speaker", "text"]).astype(
            {"case_id": "str", "turn": "int64", "speaker": "str", "text": "str"}
        ),
        pd.DataFrame(planted, columns=["case_id", "mistake"], dtype="str"),
    )
