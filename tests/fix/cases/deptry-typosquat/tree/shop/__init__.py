import reqeusts

print(reqeusts)
