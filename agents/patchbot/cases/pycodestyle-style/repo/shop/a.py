import sys,os
from decimal import Decimal


def total( items,tax = 1 ):
    result=0
    for item in items :
        result+=item ['price']*item [ 'count']
    return result*(1+tax)
class Basket:
    def __init__(self,owner):
        self.owner = owner #who
        self.size  = -1 # how many
    def find(self, name):
        #look it up
        if not name in self.owner:
            return None;
        x = 1; y = 2



        return x , y


### three signs
# A comment that is far too long for a line of seventy-nine characters, as people write them
def escape(text):
    pattern = '\d+' + "a\.b"
    try:
        return Decimal(text), pattern, sys, os, {1:2}
    except ValueError as error:
        return f"nothing"
@property

def last(self):
    return(1)
