;; leaves: leave
(module
  (func $leaf))
