;; Declares a table of ten million entries: eighty megabytes of the host's
;; memory that no memory limit counts.
(module
  (table 10000000 funcref))
