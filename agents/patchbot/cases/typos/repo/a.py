X = 1  # occured
