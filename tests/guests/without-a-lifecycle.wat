;; A component that exports nothing: there is nothing to call.
(component)
