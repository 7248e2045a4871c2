package main

import "example.com/nothing/util"

func main() {
	println(util.One)
}
