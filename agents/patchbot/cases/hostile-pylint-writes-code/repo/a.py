A = not 1 in [2]
