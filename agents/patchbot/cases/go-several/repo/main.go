package main

import (
	"fmt"
	str "strings"
)

func main() {
	name := "x"
	count := 1
	count := 2
	fmt.Println(count, os.Args, time.Now())
}
