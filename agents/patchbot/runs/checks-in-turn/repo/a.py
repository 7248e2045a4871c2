def f( column ):
    kind = lambda a:a+1
    if not column in (1,2): return kind( column )
    return type(column)==dict
