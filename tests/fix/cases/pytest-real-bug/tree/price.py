def price(weight, express=False):
    total = weight * 4
    return total * 3 if express else total
