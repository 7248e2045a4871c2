;; Loops before anybody calls it, with fuel to spare: only the deadline is left.
(module
  (func $start (loop $again (br $again)))
  (start $start))
