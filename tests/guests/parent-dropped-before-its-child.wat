;; Drops a stream that a pollable still looks at.
(module
  (func (export "execute") (param i32) (result i32)
    (local $stream i32) (local $pollable i32)
    (local.set $stream (call $get-stdin))
    (local.set $pollable (call $stream-subscribe (local.get $stream)))
    (call $drop-input-stream (local.get $stream))
    (call $block (local.get $pollable))
    (call $say-number (i64.const 1))))
