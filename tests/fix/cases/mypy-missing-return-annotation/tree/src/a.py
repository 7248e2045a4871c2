class Dock:
    def __init__(self):
        self.count = 0

    def add(self, many: int):
        self.count += many
