;; Steps through a symbolic link to the directory above the tree.
(module
  (data (i32.const 1024) "up/secret.txt")
  (func (export "execute") (param i32) (result i32)
    (call $open (i32.const 1024) (i32.const 13))
    (call $verdict (i32.const 4))))
