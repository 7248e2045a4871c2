try:
    pass
except ValueError as error:
    print(error)
