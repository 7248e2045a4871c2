def f(a):
    import sys
    return sys.argv + a
