package shop

import (
	"os"
	"strings"
)

func Up(text string) string {
	return strings.ToUpper(text)
}
