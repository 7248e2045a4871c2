printf '\000\002\n' > a.bin
