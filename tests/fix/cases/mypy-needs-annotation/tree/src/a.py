def collect() -> int:
    found = []
    found2 = {}
    return len(found) + len(found2)
