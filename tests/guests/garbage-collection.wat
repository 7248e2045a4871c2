;; Allocates on the host's collected heap, which the memory limit would have to
;; know. The engine is built without it, so the component is refused.
(module
  (type $pair (struct (field i64) (field i64)))
  (func (export "execute") (param i32) (result i32)
    (loop $more (drop (struct.new_default $pair)) (br $more))
    (unreachable)))
