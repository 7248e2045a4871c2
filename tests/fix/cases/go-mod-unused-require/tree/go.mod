module example.com/shop

go 1.21

replace example.com/util => ./util

require example.com/util v0.0.0-00010101000000-000000000000
