"""Money.

>>> show(1250)
'12.50 EUR'
>>> show(5)
'0.05 EUR'
"""


def show(cents):
    return f"{cents / 100:.2f} EUR"
