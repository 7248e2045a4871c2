import unittest

RATES = {'kiel': 1}


class Rates(unittest.TestCase):
    def test_all(self):
        self.assertEqual(RATES['bremen'], 2)
