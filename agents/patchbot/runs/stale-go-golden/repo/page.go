package shop

// Page greets.
func Page(name string) string { return "Hello, " + name + "!\n" }
