def reserve(ships, berths):
    if ships > berths:
        raise ValueError("all berths are taken")
    return berths - ships
