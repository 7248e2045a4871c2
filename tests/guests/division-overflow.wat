;; The other division that is a signal: the smallest number by minus one.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.div_s (i32.const 0x80000000) (i32.const -1))))
