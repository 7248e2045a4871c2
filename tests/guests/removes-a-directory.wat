;; Removes a directory of the tree.
(module
  (data (i32.const 1024) "empty")
  (func (export "execute") (param i32) (result i32)
    (call $remove-directory-at (call $workspace) (i32.const 1024) (i32.const 5) (i32.const 64))
    (call $verdict (i32.const 1))))
