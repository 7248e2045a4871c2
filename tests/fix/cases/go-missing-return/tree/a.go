package shop

func Level(x int) int {
	if x > 1 {
		return 3
	}
}
