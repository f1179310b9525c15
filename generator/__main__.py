"""python -m generator, and the command gen-graph"""

import gc
import os
from typing import NoReturn

from generator.cli import main


def run() -> NoReturn:
    """Run the command of this process, and leave.

    Nothing is looked for that could be freed meanwhile: a command leaves little, and has an end.
    All files are closed and all output is flushed by then; to free one object after the other, as
    Python does at its end, would take as long as reading the docs.
    """
    gc.disable()
    os._exit(main())


if __name__ == "__main__":
    run()
