;; Its trap's backtrace quotes a name of a hundred thousand letters, and asks
;; the terminal to clear the screen.
(module
  (func $"(;repeat 25000;)\1b[2J(;end;)" (unreachable))
  (func (export "execute") (param i32) (result i32)
    (call $"(;repeat 25000;)\1b[2J(;end;)")
    (unreachable)))
