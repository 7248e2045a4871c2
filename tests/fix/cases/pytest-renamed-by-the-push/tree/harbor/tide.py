def tide_height(hours):
    return round(2.5 * hours, 1)


def is_high(hours):
    return tide_height(hours) > 10
