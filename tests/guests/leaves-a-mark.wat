;; Looks for what an earlier task left in memory, in a global and in a table,
;; and leaves its own: a pool that hands on a dirty instance gives one task
;; another's data.
(module
  (memory (export "memory") 2)
  (global $mark (mut i64) (i64.const 0))
  (table $t 1 2 funcref)
  (func $f)
  (elem declare func $f)
  (func (export "execute") (param i32) (result i32)
    (local $seen i64)
    (local.set $seen (i64.add
      (i64.add (i64.load (i32.const 70000)) (global.get $mark))
      (i64.extend_i32_u (i32.eqz (ref.is_null (table.get $t (i32.const 0)))))))
    (i64.store (i32.const 70000) (i64.const 4711))
    (global.set $mark (i64.const 4711))
    (table.set $t (i32.const 0) (ref.func $f))
    (call $say-number (local.get $seen))))
