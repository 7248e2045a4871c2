package main

func main() {
	count := 1
	count = 2
	println(count)
}
