(module
  (tag $t (param i32))
  (table (export "functions") 1 funcref)
  (elem (i32.const 0) $guilty)
  (func $guilty
    i32.const 1
    throw $t))
