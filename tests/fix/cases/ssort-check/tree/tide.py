def high():
    return low() + 2


def low():
    return 1
