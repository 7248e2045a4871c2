package shop

func Double(x int) int { return x + 1 }
