;; Writes to standard output without end, minding what the host says it takes.
(module
  (func (export "execute") (param i32) (result i32)
    (local $out i32)
    (local.set $out (call $get-stdout))
    (loop $again
      (call $write-and-flush (local.get $out) (i32.const 1024) (i32.const 4096) (i32.const 64))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 64)))))
    (call $verdict (i32.const 4))))
