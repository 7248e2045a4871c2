package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	count := 1
	fmt.Println(count, os.Args, time.Now())
}
