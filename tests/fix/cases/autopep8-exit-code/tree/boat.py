import os
def sail( wind ):
  if wind == None :
    return os.curdir
  return wind*2
