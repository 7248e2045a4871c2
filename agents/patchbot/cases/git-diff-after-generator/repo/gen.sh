echo 'one
two' > list.txt
