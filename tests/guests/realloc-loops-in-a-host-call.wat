;; Loops while the host is copying a call's answer in, so that the host's own
;; function is on the stack.
(module
  (global $armed (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop $again (br_if $again (global.get $armed)))
    (i32.const 32768))
  (func (export "execute") (param i32) (result i32)
    (global.set $armed (i32.const 1))
    (call $random (i64.const 100) (i32.const 64))
    (unreachable)))
