def name(ship):
    if ship is None:
        return 'nobody'
    if 'name' not in ship:
        return ''
    return ship['name']
