def load(items, Order):
    return sorted([Order(id=item['id'], customer=item.get('customer'), total=float(item['total'])) for item in items], key=str)


def check(path):
    if not path:
        raise ValueError(f"there is no order in {path!r}, and nobody knows where else to look for it")
    path.add(name="p", description="a sentence that is so long that nobody wants to read it at all", default=1)
    print("nothing to see here, but a sentence that is so long that it stands on several lines", path)
