def reserve(ships, berths):
    if ships > berths:
        raise ValueError("no berth left")
    return berths - ships
