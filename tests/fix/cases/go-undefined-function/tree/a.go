package shop

func Level(x string) string {
	return normalise(x)
}
