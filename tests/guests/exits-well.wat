;; Ends the program from inside, with status 0: only the guest may end, and a
;; task that exits has given no answer.
(module
  (func (export "execute") (param i32) (result i32)
    (call $exit (i32.const 0))
    (unreachable)))
