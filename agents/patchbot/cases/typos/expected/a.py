X = 1  # occurred
