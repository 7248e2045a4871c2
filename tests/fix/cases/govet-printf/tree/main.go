package main

import "fmt"

func main() {
	fmt.Printf("%d ships\n", "three")
}
