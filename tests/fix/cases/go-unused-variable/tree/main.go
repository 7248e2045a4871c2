package main

import "os"

func main() {
	name := os.Args[0]
	count := len(os.Args)
	println(count)
}
