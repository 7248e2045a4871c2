package shop

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file")

func TestPage(t *testing.T) {
	got := []byte(Page("Ada"))
	if *update {
		os.WriteFile("testdata/page.golden", got, 0o644)
	}
	want, _ := os.ReadFile("testdata/page.golden")
	if string(got) != string(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
