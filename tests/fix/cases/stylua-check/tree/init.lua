local x   =  {1,2,
3}
if x then print( x ) end
