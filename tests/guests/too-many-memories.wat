;; Memories of no pages at all: each still reserves address space.
(module
  (memory $memory (export "memory") 1)
  (;repeat 70;) (memory 0) (;end;))
