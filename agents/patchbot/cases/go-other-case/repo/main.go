package main

import "fmt"

type Item struct{ Price int }

func (i Item) Total() int { return i.Price }

func main() {
	i := Item{Price: 1}
	fmt.Println(i.price, i.total())
}
