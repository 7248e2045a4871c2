package shop

import (
	"strings"
)

func Up(text string) string {
	return strings.ToUpper(text)
}
