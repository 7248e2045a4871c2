'''prices and what they are made of'''


class Price:
    """ a price """
    def __init__(self, net):
        """
        Keep the net price
        """

        self.net = net

    def gross(self, rate):
        """Add the tax

        Rates are parts of one.
        """
        return self.net * (1 + rate)

    def shown(
        self,
        currency="EUR",
    ):

        """show it, as `12.50 EUR`"""
        return f"{self.net:.2f} {currency}"
