def describe(name):
    return {'name': name}
