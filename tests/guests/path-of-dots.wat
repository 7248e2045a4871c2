;; Many names of one directory, opened as a file to read.
(module
  (data (i32.const 1024) "./././.")
  (func (export "execute") (param i32) (result i32)
    (call $open (i32.const 1024) (i32.const 7))
    (call $verdict (i32.const 4))))
