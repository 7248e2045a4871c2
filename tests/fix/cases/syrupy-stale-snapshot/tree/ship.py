def describe(name):
    return {'name': name, 'kind': 'ship'}
