def add(a, b):
    c = a+b
    return c


class A:
    pass
