package shop

import "os"

var Name = os.Args[0]
