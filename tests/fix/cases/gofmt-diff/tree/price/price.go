package price

import "strings"

// Of is the price of a parcel.
func Of(to string,express bool) float64 {
    base:=map[string]float64{ "kiel":4.5,"bremen": 5.2 }[strings.ToLower(to)]
	if express { return base*2 }
	return base
}

var all = []struct{ a int }{struct{ a int }{1}, struct{ a int }{2}}
