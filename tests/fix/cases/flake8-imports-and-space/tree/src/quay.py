import os
import re

def moor(name):   
    x = re.sub( 'a', 'b', name)
    return x




def leave():
    return None
