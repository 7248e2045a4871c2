seperate = 1
print(seperate)
