X = 1  # occured
# abandonned
