from typing import List


def f(x: List[int]) -> set:
    return set([i for i in x])
