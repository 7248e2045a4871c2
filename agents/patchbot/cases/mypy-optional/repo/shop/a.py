def size(name: str, most: int = None) -> int:
    return most or len(name)


def show(name: str):
    print(name)
