;; Loops in cleanup with fuel to spare: cleanup has a deadline of its own.
(module
  (func (export "cleanup") (loop $again (br $again))))
