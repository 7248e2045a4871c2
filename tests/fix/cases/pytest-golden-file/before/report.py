def render(ships):
    if not ships:
        return 'no ships\n'
    lines = [f'{name}: {masts}\n' for name, masts in sorted(ships.items())]
    return ''.join(lines)
