package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	count := 1
	count = 2
	fmt.Println(count, os.Args, time.Now())
}
