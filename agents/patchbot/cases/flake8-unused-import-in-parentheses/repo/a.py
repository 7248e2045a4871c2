from os import (
    path, sep,
    name,
)

print(sep, name)
