import shop
assert shop != None 
