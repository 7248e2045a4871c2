;; Waits on an address for ever: an atomic wait blocks the host's thread, and
;; neither fuel nor epochs pass meanwhile.
(module
  (memory $shared 1 1 shared)
  (func (export "execute") (param i32) (result i32)
    (drop (memory.atomic.wait32 $shared (i32.const 0) (i32.const 0) (i64.const -1)))
    (call $say-number (i64.const 0))))
