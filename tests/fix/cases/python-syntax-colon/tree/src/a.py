def level(x)
    return x
