package shop

import "testing"

func TestUp(t *testing.T) {
	if Up("a") != "A" {
		t.Fail()
	}
}
