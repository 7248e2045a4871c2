X = 1  # occurred
# abandoned
