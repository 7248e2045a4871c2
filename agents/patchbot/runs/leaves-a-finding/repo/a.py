def f(column):
    return column == None


x=1
