def price(weight, express=False):
    total = weight * 4
    return total * 2 if express else total
