def f(g):
    x = g()
