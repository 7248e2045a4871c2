NAME = "clean"
