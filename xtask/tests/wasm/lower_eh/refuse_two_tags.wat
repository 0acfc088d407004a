(module
  (tag $t (param i32))
  (tag $u (param i32)))
