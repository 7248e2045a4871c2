def f(column):
    return column == None
