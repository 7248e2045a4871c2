SELECT a,b  from ships
WHERE a=1 ORDER BY b
