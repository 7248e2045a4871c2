package main

import (
	"fmt"
	"os"
)

type Item struct {
	Name    string
	Price   int
	InStock bool
}

func main() {
	items := []Item{{"apple", 3, true}, {"pear", 4, false}}
	for _, item := range items {
		if item.InStock {
			fmt.Println(item.Name)
		}
	}
	os.Exit(0)
}
