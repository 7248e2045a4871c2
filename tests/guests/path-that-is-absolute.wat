;; Names a file of the host by its absolute path.
(module
  (data (i32.const 1024) "/etc/passwd")
  (func (export "execute") (param i32) (result i32)
    (call $open (i32.const 1024) (i32.const 11))
    (call $verdict (i32.const 4))))
