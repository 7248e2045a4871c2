key = "abc" 
user= "u"
