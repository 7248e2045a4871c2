def describe(name):
    return f'{name} (ship)'
