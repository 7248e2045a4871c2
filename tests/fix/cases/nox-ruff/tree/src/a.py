import os
import sys

def f( x ):
    return {  'a':sys.argv,'b':x }
