package main

import "example.com/util"

func main() {
	println(util.One)
}
