;; Throws where only traps are expected. The engine is built without
;; exceptions, so the component is refused.
(module
  (tag $e)
  (func (export "execute") (param i32) (result i32) (throw $e)))
