;; A component in a component, ten thousand deep, in a hundred kilobytes: a
;; reader that recurses overruns its stack, and one that reads the inside again
;; at every level takes the square of the time.
;; as: nested 10000
(component)
