import unittest


class A(unittest.TestCase):
    def test(self):
        print('shop/clean.py:1:1: E265 block comment should start with # ')
        self.fail()
