#!/usr/bin/env python3
"""Draws what a program of this library's console prints: text with the codes of a terminal on standard input, an SVG on standard output.
With a number, only the last lines, as many.

    CLICOLOR_FORCE=1 COLUMNS=100 cargo run -q -p genai-examples --bin quickstart 2>&1 >/dev/null \\
        | python3 tests/scripts/console_svg.py 20 > docs/pictures/console.svg
"""

import re
import sys
import unicodedata
from xml.sax.saxutils import escape

# The codes that the console writes (`Style` in genai-runtime/src/sdk/console/terminal.rs), as classes.
CLASSES = {"1": "strong", "2": "faint", "36": "number", "31": "error", "32": "content"}
STYLE = """
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d8dee9; white-space: pre }
  .strong { font-weight: bold; fill: #ffffff } .faint { fill: #8b95a7 } .number { fill: #7fd1c7 }
  .error { fill: #ff7b72 } .content { fill: #a5d6a0 }
"""
WIDTH, HEIGHT, EDGE = 7.83, 18, 16


def columns(text):
    """How many columns of a terminal the text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def runs(line):
    """The pieces of a line with their classes, and the column where each begins."""
    column, style = 0, ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if code:
            style = CLASSES.get(code[1], "")
        elif part:
            yield column, style, part
            column += columns(part)


def main():
    """Reads, draws, writes."""
    lines = [line.rstrip() for line in sys.stdin.read().splitlines()]
    lines = lines[-int(sys.argv[1]):] if len(sys.argv) > 1 else lines
    while lines and not lines[0]:
        lines.pop(0)
    drawn, widest = [], 0
    for row, line in enumerate(lines):
        y = EDGE + HEIGHT * row + 13
        for column, style, text in runs(line):
            widest = max(widest, column + columns(text))
            if text.strip():
                kind = f' class="{style}"' if style else ""
                # With its length given, the columns stay where they are whatever the font.
                x, length = EDGE + column * WIDTH, columns(text) * WIDTH
                drawn.append(
                    f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs"{kind}>{escape(text)}</text>'
                )
    width, height = round(2 * EDGE + widest * WIDTH), 2 * EDGE + HEIGHT * len(lines)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">')
    print(f"<style>{STYLE}</style>")
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#1b2230"/>')
    print("\n".join(drawn))
    print("</svg>")


if __name__ == "__main__":
    main()
