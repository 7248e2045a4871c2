import json


class Basket:
    def load(self, path):
        if path:
            return json.dumps(path)
        else:
            return None
