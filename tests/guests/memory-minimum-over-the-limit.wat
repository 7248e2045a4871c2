;; Declares more memory than a task may have instead of growing to it.
(module
  (memory (export "memory") 1000))
