def f( x ):
    return normalise(x)
