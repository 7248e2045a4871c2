import os,sys
from dataclasses import dataclass


@dataclass
class Parcel:
    weight: float
    destination : str = "Kiel"

def price( parcel:Parcel, express = False ):
    base = {'Kiel':4.5,
      'Bremen': 5.2}[parcel.destination]
    return base*2 if express else base
print( price( Parcel( 1.0 ) ), os.sep, sys.argv[ 0 ] )
