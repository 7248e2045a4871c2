chmod +x a.txt
