(module
  (tag $t (param i32))
  (func $guilty
    block $b
      try_table (catch_all $b)
        nop
      end
    end))
