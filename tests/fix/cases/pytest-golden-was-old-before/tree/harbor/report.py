def render(rows):
    lines = ["Name | Depth"]
    for name, depth in rows:
        lines.append(f"{name} | {depth}")
    return "\n".join(lines) + "\n"
