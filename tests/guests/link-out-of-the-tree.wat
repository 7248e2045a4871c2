;; Follows a symbolic link of the repository to a file outside the tree.
(module
  (data (i32.const 1024) "link")
  (func (export "execute") (param i32) (result i32)
    (call $open (i32.const 1024) (i32.const 4))
    (call $verdict (i32.const 4))))
