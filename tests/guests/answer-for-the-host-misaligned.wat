;; Has the host write a call's answer to an odd address.
(module
  (func (export "execute") (param i32) (result i32)
    (call $input-list (i32.const 65))
    (unreachable)))
