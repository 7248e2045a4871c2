from os import (
    sep,
    name,
)

print(sep, name)
