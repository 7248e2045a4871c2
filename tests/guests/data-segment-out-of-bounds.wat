;; A data segment that ends outside the memory.
(module
  (memory (export "memory") 1)
  (data (i32.const 65530) "beyond the end"))
