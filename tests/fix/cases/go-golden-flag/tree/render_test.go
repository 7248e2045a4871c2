package shop

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func TestRender(t *testing.T) {
	got := Render("Anna", 3)
	if *update {
		if err := os.WriteFile("testdata/render.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/render.golden")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s\nrun with -update to accept it", got, want)
	}
}
