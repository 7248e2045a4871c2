def label(prices):
    total = sum(prices)
     return f"{total:.2f}"
