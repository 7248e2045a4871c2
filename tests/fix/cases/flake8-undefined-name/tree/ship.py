def name(ship):
    return normalise(ship['name'])
