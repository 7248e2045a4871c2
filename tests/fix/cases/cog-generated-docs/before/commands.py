NAMES = ['moor']
