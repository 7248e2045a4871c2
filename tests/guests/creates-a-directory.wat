;; Creates a directory in the tree.
(module
  (data (i32.const 1024) "mine")
  (func (export "execute") (param i32) (result i32)
    (call $create-directory-at (call $workspace) (i32.const 1024) (i32.const 4) (i32.const 64))
    (call $verdict (i32.const 1))))
