package main

import "fmt"

func main() {
	fmt.Println("done\n")
}
