;; Declares all the memory there is with 32 bits.
(module
  (memory (export "memory") 65536))
