"""What reading costs, as a ratio to parsing the same pages in full with markdown-it-py.

    python tests/benchmarks/reading.py ../shared/corpus/graph-v1.0 [every Nth page]

One process, both ways by turns over the same chunks of pages, so that a noisy machine troubles
both alike. Prints seconds of each and their ratio.
"""

import sys
import time
from pathlib import Path

from markdown_it import MarkdownIt

from generator.disk import read_docs
from generator.pages.reading import read_page

CHUNK = 50  # pages


def main(folder: str, step: int = 1) -> None:
    docs = read_docs(Path(folder)).value
    pages = sorted(docs.pages)[::step]
    parser = MarkdownIt("commonmark").enable("table")
    ours = theirs = 0.0
    for at in range(0, len(pages), CHUNK):
        chunk = pages[at : at + CHUNK]
        began = time.process_time()
        for page in chunk:
            read_page(page, docs.includes)
        middle = time.process_time()
        for page in chunk:
            parser.parse(page.text)
        ours, theirs = ours + middle - began, theirs + time.process_time() - middle
    print(f"{len(pages)} pages: read {ours:.2f} s, markdown-it-py in full {theirs:.2f} s")
    print(f"ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
