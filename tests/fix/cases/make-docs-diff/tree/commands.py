NAMES = ['moor', 'sail', 'anchor']
