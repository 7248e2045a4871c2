import unittest


class Answer(unittest.TestCase):
    def test(self):
        print(open("evil.txt").read())
        self.fail()
