class Dock:
    def __init__(self) -> None:
        self.count = 0

    def add(self, many: int) -> None:
        self.count += many
