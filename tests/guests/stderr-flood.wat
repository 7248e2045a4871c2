;; Writes to standard error without end and aborts: what is kept of it for the
;; report has to be little.
(module
  (func (export "execute") (param i32) (result i32)
    (local $out i32) (local $left i32)
    (local.set $out (call $get-stderr))
    (local.set $left (i32.const 7))
    (memory.fill (i32.const 1024) (i32.const 101) (i32.const 4096))
    (loop $again
      (call $write-and-flush (local.get $out) (i32.const 1024) (i32.const 4096) (i32.const 64))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (unreachable)))
