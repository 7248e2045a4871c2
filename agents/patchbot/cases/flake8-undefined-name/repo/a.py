import os

print(os.name, conter)
