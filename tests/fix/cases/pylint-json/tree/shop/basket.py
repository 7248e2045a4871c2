import os
import json


class Basket(object):
    def load(self, path):
        if path:
            return json.dumps(path)
        else:
            return None 
