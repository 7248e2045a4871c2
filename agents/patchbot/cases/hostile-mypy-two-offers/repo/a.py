x = "".uper()
