def level(x: int) -> int:
    return str(x)
