package main

func main() {
	name := "x"
	count := 1
	count := 2
	println(count)
}
