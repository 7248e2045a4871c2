NAMES = ['moor', 'sail']
