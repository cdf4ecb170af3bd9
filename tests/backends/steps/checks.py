"""What was asserted. Claims go in, a line for each comes out at once, and the counts at the end."""

import time


class Unavailable(Exception):
    """A backend that is not to be had here; its text is the one line that says why."""


class Checks:
    """The claims about one run."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.place = ""

    def that(self, claim, holds, found=None):
        """Counts a claim, and shows what was found where it does not hold."""
        if holds:
            self.passed += 1
            print(f"ok      {self.place}: {claim}", flush=True)
        else:
            self.failed += 1
            shown = "" if found is None else f"; found {str(found)[:2000]}"
            print(f"FAILED  {self.place}: {claim}{shown}", flush=True)

    def same(self, claim, found, expected):
        """Counts the claim that both are the same."""
        self.that(f"{claim} = {short(expected)}", found == expected, found)

    def skip(self, why):
        """Says in one line why a backend was left out."""
        self.skipped += 1
        print(f"SKIPPED {self.place}: {' '.join(str(why).split())}", flush=True)

    def fault(self, error):
        """A backend whose answers could not even be read."""
        self.that(f"answers as expected ({type(error).__name__})", False, error)


def short(value):
    """As much of a value as a line has room for."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def eventually(look, seconds=60):
    """Calls `look` until what it gives is true, and gives the last it gave; servers take their time to show what they took."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.5)
