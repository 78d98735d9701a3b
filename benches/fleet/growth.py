"""The rows of `scale.py` as a table and as a picture."""

from xml.sax.saxutils import escape

ROLES = ("server", "worker", "simulator", "api")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 300, 60, 20, 36, 44
COLOURS = {"apply": "#2a7", "tick": "#27a", "destroy": "#a52", "server": "#27a", "worker": "#2a7", "simulator": "#89a", "api": "#a52"}


def table(rows):
    """Markdown: a line for each phase of each row."""
    lines = [
        "| topologies | phase | seconds | calls each | processor seconds of server, workers, simulator, API | told |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        for name in ("apply", "tick", "destroy"):
            phase = row[name]
            cost = ", ".join(f"{phase['cost'][role]['seconds']:.0f}" for role in ROLES)
            each = phase["calls_a_tick"] if name == "tick" else phase["calls_each"]
            lines.append(f"| {row['topologies']} | {name} | {phase['seconds']} | {each} | {cost} | {told(name, phase)} |")
        memory = ", ".join(f"{role} {row['mib'][role]} MiB" for role in ROLES)
        lines.append(f"| {row['topologies']} | at the end | | | {memory} | {row['left']} objects left, {row['journal_mib']} MiB on disk |")
    return "\n".join(lines)


def told(name, phase):
    if name == "tick":
        return f"{phase['ticks']} ticks, {phase['ticks_a_second']} a second"
    rates = sorted(phase["rates"]) or [0]
    told = f"{phase['throttled']} calls throttled; the busiest place {rates[len(rates) // 2]} calls a second, {rates[-1]} at most"
    if name == "apply":
        told += f"; {phase['created']} objects; `PUT` {phase['put_p50_ms']} ms, 99 % within {phase['put_p99_ms']} ms"
    return told


def pictures(rows, directory):
    """Time and processor seconds over the number of topologies."""
    if len(rows) < 2:
        return
    seconds = {name: [(row["topologies"], row[name]["seconds"]) for row in rows] for name in ("apply", "destroy")}
    used = lambda row, role: sum(row[name]["cost"][role]["seconds"] for name in ("apply", "destroy"))
    costs = {role: [(row["topologies"], used(row, role)) for row in rows] for role in ROLES}
    memory = {role: [(row["topologies"], row["mib"][role]) for row in rows] for role in ROLES}
    charts = [("Seconds", seconds), ("Processor seconds of apply and destroy", costs), ("Memory, MiB", memory)]
    file = directory / "fleet-growth.svg"
    parts = [chart(title, lines, index * WIDTH) for index, (title, lines) in enumerate(charts)]
    size = f'width="{WIDTH * len(charts)}" height="{HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    file.write_text("\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>\n"]))
    yield file


def chart(title, lines, offset):
    most_x = max(x for points in lines.values() for x, _ in points)
    most_y = max(y for points in lines.values() for _, y in points) or 1
    across = lambda x: offset + LEFT + x / most_x * (WIDTH - LEFT - RIGHT - 70)
    up = lambda y: HEIGHT - BOTTOM - y / most_y * (HEIGHT - TOP - BOTTOM)
    parts = [f'<text x="{offset + LEFT}" y="20" font-weight="bold">{escape(title)}</text>']
    for part in (0, 0.5, 1):
        y = up(part * most_y)
        parts.append(f'<line x1="{across(0)}" x2="{across(most_x)}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{offset + LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{part * most_y:.0f}</text>')
    for x in sorted({x for points in lines.values() for x, _ in points}):
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x}</text>')
    parts.append(f'<text x="{across(most_x / 2):.1f}" y="{HEIGHT - 8}" text-anchor="middle">topologies</text>')
    ends = []
    for name, points in sorted(lines.items(), key=lambda line: -line[1][-1][1]):
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        # Names that would lie over each other move down.
        end = max([up(points[-1][1]) + 4, *(other + 13 for other in ends)])
        ends.append(end)
        parts.append(f'<text x="{across(most_x) + 6:.1f}" y="{end:.1f}" fill="{COLOURS[name]}">{escape(name)}</text>')
    return "\n".join(parts)
