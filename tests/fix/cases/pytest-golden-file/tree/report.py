def render(ships):
    if not ships:
        return 'no ships\n'
    lines = [f'{name}: {masts} masts\n' for name, masts in sorted(ships.items())]
    return ''.join(lines) + f'{len(ships)} ships\n'
