;; One branch with 65,520 targets, as many as there may be: code generators have been slow,
;; or worse, on such tables.
(module
  (func (export "execute") (param $task i32) (result i32)
    (block $b
      (br_table (;repeat 65520;)$b (;end;) (local.get $task)))
    (call $say-number (i64.const 1))))
