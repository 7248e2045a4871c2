;; Reads at the end of what 32 bits and an offset can address: into the guard
;; region behind the memory, if there is one.
(module
  (func (export "execute") (param i32) (result i32)
    (i32.load offset=4294967295 (i32.const -1))))
