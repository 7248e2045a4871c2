;; Two tables, each within the limit: the limit is over their sum.
(module
  (table 600 funcref)
  (table 600 funcref))
