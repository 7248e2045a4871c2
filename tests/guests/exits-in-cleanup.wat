;; Ends the program where the answer is given already; the answer stands.
(module
  (func (export "cleanup") (call $exit (i32.const 1))))
