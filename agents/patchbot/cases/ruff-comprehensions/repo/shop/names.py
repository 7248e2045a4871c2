def names(items):
    by_name = dict([(item.name, item) for item in items])
    all_names = set([item.name for item in items])
    sizes = list(item.size for item in items)
    pair = tuple([1, 2])
    found = list([item for item in items if item])
    seen = set([1, 2])
    return by_name, all_names, sizes, pair, found, seen, dict(), sorted(list(items))
