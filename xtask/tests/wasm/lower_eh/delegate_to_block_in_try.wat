;; A delegate to a plain block is like a throw there: the try around the block catches.
(module
  (tag $t (param i32))
  (func (export "run") (result i32)
    try (result i32)
      block $b
        try
          try
            i32.const 5
            throw $t
          delegate $b
        catch $t
          drop
        end
      end
      i32.const 1
    catch $t
      i32.const 20
      i32.add
    end))
