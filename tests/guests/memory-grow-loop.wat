;; Grows until it is refused. Being refused is no crime: it says how many pages
;; it got, and that has to be fewer than the limit has.
(module
  (func (export "execute") (param i32) (result i32)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (call $say-number (i64.extend_i32_u (memory.size)))))
