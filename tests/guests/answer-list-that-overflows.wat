;; A list so long that its size in bytes wraps around 32 bits to almost none.
(module
  (func (export "execute") (param i32) (result i32)
    (drop (call $propose (f64.const 0.5)))
    (i32.store (i32.const 28) (i32.const 0x4924925)) ;; times 56 is 2^32 + 24
    (i32.const 16)))
