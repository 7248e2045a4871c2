module example.com/shop

go 1.21

replace example.com/util => ./util
