"""Bring the catalogues of the lessons up to date: python notebooks/catalogues.py [--check]."""

from __future__ import annotations

import argparse
import sys

from crmlab.catalogue import LANGUAGES, catalogue_path, parts, read_catalogue, write_catalogue
from crmlab.course import lessons, read_notebook


def main(arguments: list[str] | None = None) -> int:
    """Write each catalogue anew, keeping its translations; say what is not yet translated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something is missing")
    check = parser.parse_args(arguments).check
    faults = 0
    for language in LANGUAGES[1:]:
        for lesson in lessons().values():
            path = catalogue_path(lesson.stem, language=language)
            wanted, known = parts(read_notebook(lesson)), read_catalogue(path)
            text = write_catalogue(wanted, known, stem=lesson.stem, language=language)
            for source, kind in wanted.items():
                if source not in known:
                    faults += 1
                    print(f"{path.name}: {kind} is not yet translated into {language}")
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                faults += check
                if check:
                    print(f"{path.name} is stale. Hint: make catalogues")
                else:
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if faults and check else 0


if __name__ == "__main__":
    sys.exit(main())
