;; Aborts in cleanup, as a panic does in most languages.
(module
  (func (export "cleanup") (unreachable)))
