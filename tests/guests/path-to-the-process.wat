;; The environment of the host, credentials and all.
(module
  (data (i32.const 1024) "/proc/self/environ")
  (func (export "execute") (param i32) (result i32)
    (call $open (i32.const 1024) (i32.const 18))
    (call $verdict (i32.const 4))))
