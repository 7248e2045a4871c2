def height(hours):
    return round(2.5 * hours, 1)


def is_high(hours):
    return height(hours) > 10
