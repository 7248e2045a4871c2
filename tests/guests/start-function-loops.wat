;; Loops before anybody calls it: fuel has to be there at instantiation too.
(module
  (func $start (loop $again (br $again)))
  (start $start))
