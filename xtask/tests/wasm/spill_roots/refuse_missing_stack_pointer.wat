(module
  (memory 1)
  (func $gc_collect))
