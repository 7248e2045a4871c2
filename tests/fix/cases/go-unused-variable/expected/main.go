package main

import "os"

func main() {
	count := len(os.Args)
	println(count)
}
