x: int = 'a'
y: str = 1  # type: ignore


def f():
    pass
