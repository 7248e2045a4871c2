"""Money.

>>> show(1250)
'EUR 12.50'
>>> show(5)
'EUR 0.05'
"""


def show(cents):
    return f"EUR {cents / 100:.2f}"
