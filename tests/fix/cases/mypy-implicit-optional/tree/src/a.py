def name(first: str, last: str = None) -> str:
    return first if last is None else first + last
