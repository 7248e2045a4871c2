;; Traps before anybody calls it.
(module
  (func $start (unreachable))
  (start $start))
