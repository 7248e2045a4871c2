def name(ship):
    if ship == None:
        return f'nobody'
    if not 'name' in ship:
        return ''
    return ship['name'];
