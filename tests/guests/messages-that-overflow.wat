;; since: 0.1.1
;; A list of messages whose length times its size wraps round 32 bits.
(module
  (func (export "execute") (param i32) (result i32)
    (call $model-complete (i32.const 1024) (i32.const 0x40000000)
      (i32.const 0) (i32.const 0) (i32.const 64))
    (call $say-number (i64.const 0))))
