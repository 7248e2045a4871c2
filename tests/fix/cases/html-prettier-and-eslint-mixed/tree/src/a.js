export function f( ) {
  var a = 1 ;
  return a
}
