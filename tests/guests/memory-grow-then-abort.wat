;; Grows until it is refused and then aborts, as an allocator does: the cause is
;; the budget and not the trap.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (unreachable)))
