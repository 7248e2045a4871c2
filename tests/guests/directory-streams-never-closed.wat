;; Lists a directory over and over and closes no listing.
(module
  (func (export "execute") (param i32) (result i32)
    (local $workspace i32)
    (local.set $workspace (call $workspace))
    (loop $again
      (call $read-directory (local.get $workspace) (i32.const 64))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 64)))))
    (call $verdict (i32.const 4))))
