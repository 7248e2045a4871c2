package main

import (
	"fmt"
	str "strings"
)

func main() {
	count := 1
	fmt.Println(count, os.Args, time.Now())
}
