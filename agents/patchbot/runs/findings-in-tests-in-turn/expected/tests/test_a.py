import shop
assert shop is not None
