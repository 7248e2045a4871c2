package shop

import "fmt"

// Render shows a ship.
func Render(name string, masts int) string {
	return fmt.Sprintf("ship %s\nmasts %d\n", name, masts)
}
