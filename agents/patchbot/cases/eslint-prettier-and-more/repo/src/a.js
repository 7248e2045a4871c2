const a  = {b:1,'c':"two", d : `x
  y`}
function f( x,y ) { return x+y }
	const é = "ü", 	zz = f(a.b,a["c"]) ; // done  
if (a) { f() } else { veryLongFunctionName(argumentNumberOne, argumentNumberTwo, argumentNumberThree) }



module.exports = {a,f,é,zz, "`": `it has \` with \` in it`}
const unused = 1;
