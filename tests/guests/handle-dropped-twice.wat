;; Closes a file twice: the second close could hit whoever has the place now.
(module
  (func (export "execute") (param i32) (result i32)
    (local $file i32)
    (local.set $file (call $lib))
    (call $drop-descriptor (local.get $file))
    (call $drop-descriptor (local.get $file))
    (call $verdict (i32.const 4))))
