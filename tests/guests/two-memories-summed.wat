;; Two memories, each within the limit: the limit is over their sum.
(module
  (memory $memory (export "memory") 80)
  (memory $second 80))
