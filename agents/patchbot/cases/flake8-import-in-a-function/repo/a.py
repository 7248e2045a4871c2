def f(a):
    import os
    import sys
    return sys.argv + a
