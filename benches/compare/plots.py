"""Bars as SVG: the median of each tool, with a line from the least to the most."""

import statistics
from xml.sax.saxutils import escape

WIDTH, ROW, NAMES, VALUES = 760, 22, 170, 70


def draw(rows, directory, name):
    """One picture for each job; gives the files."""
    for job in dict.fromkeys(row["job"] for row in rows):
        file = directory / f"{name}-{job}.svg"
        file.write_text(picture(job, [row for row in rows if row["job"] == job]))
        yield file


def picture(job, rows):
    verbs = list(dict.fromkeys(row["verb"] for row in rows))
    y, parts = 10, []
    for verb in verbs:
        some = [row for row in rows if row["verb"] == verb]
        y += 20
        parts.append(f'<text x="4" y="{y}" font-weight="bold">{escape(job)}: {escape(verb)}, seconds</text>')
        y += 8
        most = max(row["seconds"] for row in some)
        tools = dict.fromkeys(row["tool"] for row in some)
        values = {tool: sorted(row["seconds"] for row in some if row["tool"] == tool) for tool in tools}
        for tool in sorted(values, key=lambda tool: statistics.median(values[tool])):
            failed = sum(row["code"] != 0 for row in some if row["tool"] == tool)
            parts.append(bar(tool, values[tool], most, y, failed))
            y += ROW
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>\n"])


def bar(tool, seconds, most, y, failed):
    scale = (WIDTH - NAMES - VALUES) / most
    median = statistics.median(seconds)
    colour = "#2a7" if tool.startswith("landbridge") else "#89a"
    least, longest = NAMES + seconds[0] * scale, NAMES + seconds[-1] * scale
    note = f" ({failed} of {len(seconds)} failed)" if failed else ""
    return (
        f'<text x="4" y="{y + 13}">{escape(tool)}</text>'
        f'<rect x="{NAMES}" y="{y}" width="{max(1, median * scale):.1f}" height="{ROW - 6}" fill="{colour}"/>'
        f'<line x1="{least:.1f}" x2="{longest:.1f}" y1="{y + 8}" y2="{y + 8}" stroke="#000"/>'
        f'<text x="{longest + 5:.1f}" y="{y + 13}">{median:.2f}{note}</text>'
    )
