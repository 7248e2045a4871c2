;; Sleeps for a hundred years.
(module
  (func (export "execute") (param i32) (result i32)
    (call $block (call $subscribe-duration (i64.const 3155760000000000000)))
    (call $say-number (i64.const 1))))
