"""Pages of the site that are computed: the API, the graph of what to know before, the instructor's tables."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import crmlab
from crmlab.course import lessons, read_notebook, title_of

SESSIONS = {  # lessons of each session, for a course of 10, 16 or 20 sessions of 90 minutes
    10: ("00", "01 02", "03 04", "05 06", "07", "09 10", "11 12", "13 14", "15 16", "19 20"),
    16: (
        "00", "01", "02", "03", "04", "05 06", "07", "08 09", "10", "11", "12", "13", "14", "15",
        "16 17", "20",
    ),
    20: (
        "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
        "17 18", "19", "20",
    ),
}  # fmt: skip
NOTE = re.compile(r"<summary>For the instructor \((\d+) min\)</summary>\s*(.*?)\s*</details>", re.DOTALL)


def api_pages(folder: Path) -> None:
    """Write a page for each module with public names, and their list."""
    names, rows = [], ""
    for module, public in crmlab._HOME.items():
        name = f"crmlab.{module}"
        listed = ", ".join("check" if name == "check_table" else name for name in public)
        first = (importlib.import_module(name).__doc__ or "").strip().splitlines()[0]
        text = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members: {listed}\n```\n"
        (folder / f"{module}.md").write_text(text, encoding="utf-8")
        names.append(module)
        rows += f"| [{module}]({module}.md) | {first} | {', '.join(f'`{one}`' for one in public)} |\n"
    tree = "```{toctree}\n:maxdepth: 1\n:hidden:\n\n" + "\n".join(names) + "\n```\n\n"
    head = "# The package\n\nAfter `import crmlab as crm` every function is reached as `crm.<function>`, "
    head += "whatever page it is on.\n\n"
    table = "| page | what it is about | functions |\n|---|---|---|\n" + rows
    (folder / "index.md").write_text(head + tree + table, encoding="utf-8")


def facts() -> dict[str, dict[str, Any]]:
    """Read from each lesson its title, the lessons to know before, its minutes and its notes' minutes."""
    found = {}
    for number, path in lessons().items():
        book = read_notebook(path)
        text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
        before = re.search(r"^\| Before \| (.+) \|$", text, flags=re.MULTILINE)
        time = re.search(r"^\| Time \| (.+) \|$", text, flags=re.MULTILINE)
        notes = [(int(minutes), words) for minutes, words in NOTE.findall(text)]
        listed = re.split(r"; in pandas", before[1])[0] if before else ""
        found[number] = {
            "path": path,
            "title": title_of(book, default=path.stem),
            "before": [n for n in re.findall(r"\b([012]\d)\b", listed) if n != number],
            "time": time[1] if time else "",
            "notes": notes,
        }
    return found


def instructor_tables() -> str:
    """Write the syllabi and the timing of each lesson."""
    known = facts()
    text = ""
    for sessions, plan in SESSIONS.items():
        text += f"### {sessions} sessions\n\n| session | lessons |\n|---|---|\n"
        for place, numbers in enumerate(plan, start=1):
            links = [
                f"[{known[n]['title']}](lessons/{known[n]['path'].name})"
                for n in numbers.split()
                if n in known
            ]
            text += f"| {place} | {'; '.join(links)} |\n"
        left = [n for n in known if n not in " ".join(plan).split()]
        text += f"\nFor reading at home: {', '.join(left)}.\n\n" if left else "\n"
    text += "### Time\n\n| lesson | before | to read and run | talk from the notes, minutes |\n"
    text += "|---|---|---|---|\n"
    for own in known.values():
        minutes = sum(minutes for minutes, _ in own["notes"])
        text += f"| {own['title']} | {', '.join(own['before']) or 'nothing'} | {own['time']} | {minutes} |\n"
    return text


def teaching_notes() -> str:
    """Write the teaching notes of the cases, 16 to 18; the other lessons' notes stay with their slides."""
    text = ""
    for number, own in facts().items():
        if number in ("16", "17", "18"):
            text += f"### Teaching note, for instructors only: {own['title']}\n\n"
            text += "::::{dropdown} Open the teaching note\n\n"
            text += "\n\n".join(f"**{minutes} min.** {words}" for minutes, words in own["notes"])
            text += "\n\n::::\n\n"
    return text


def _all_before(number: str, needs: dict[str, set[str]]) -> set[str]:
    return needs[number] | {n for m in needs[number] for n in _all_before(m, needs)}


def _depth(number: str, needs: dict[str, set[str]]) -> int:
    return 1 + max((_depth(n, needs) for n in needs[number]), default=-1)


def graph_page(folder: Path) -> None:
    """Draw which lesson needs which, with the list beside it."""
    from matplotlib.figure import Figure

    known = facts()
    needs = {n: {m for m in own["before"] if m in known} for n, own in known.items()}
    all_of = {n: needs[n] | {k for m in needs[n] for k in _all_before(m, needs)} for n in known}
    direct = {n: {m for m in needs[n] if not any(m in all_of[k] for k in needs[n])} for n in known}
    level = {n: _depth(n, direct) for n in known}
    height: dict[str, float] = {}
    for step in range(max(level.values()) + 1):  # each near the middle of what it needs, a row apart
        here = sorted(
            (n for n in known if level[n] == step),
            key=lambda n: sum(height[m] for m in direct[n]) / max(len(direct[n]), 1),
        )
        for row, number in enumerate(here):
            height[number] = row - (len(here) - 1) / 2 + (0.6 if step % 2 else 0)
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    for number in known:
        for other in direct[number]:
            axes.annotate(
                "", (level[number], height[number]), (level[other], height[other]),
                arrowprops={"arrowstyle": "->", "color": "#767676", "shrinkA": 14, "shrinkB": 14},
            )  # fmt: skip
        axes.text(
            level[number], height[number], number, ha="center", va="center", size=12,
            bbox={"boxstyle": "circle", "fc": "white", "ec": "#0072B2", "lw": 1.5},
        )  # fmt: skip
    axes.set_xlim(-0.5, max(level.values()) + 0.5)
    axes.set_ylim(min(height.values()) - 0.6, max(height.values()) + 0.6)
    axes.axis("off")
    figure.savefig(folder / "before.svg", metadata={"Date": None})
    lines = "\n".join(f"- {own['title']}: {', '.join(own['before']) or 'nothing'}" for own in known.values())
    page = (
        "# What to know before each lesson\n\n"
        "An arrow leads from a lesson to one that needs it; what is needed through another is not drawn.\n\n"
        f"```{{image}} before.svg\n:alt: {len(known)} lessons as circles with their numbers; an arrow "
        "leads from a lesson to one that needs it. The list below says the same.\n```\n\n" + lines + "\n"
    )
    (folder / "before.md").write_text(page, encoding="utf-8")
