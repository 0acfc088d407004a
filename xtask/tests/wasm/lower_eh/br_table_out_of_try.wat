;; Labels inside, at and outside of a try, and outside of its handler.
(module
  (tag $t (param i32))
  (func $maybe (param i32)
    local.get 0
    i32.const 9
    i32.eq
    if
      i32.const 1
      throw $t
    end)
  (func $run (param i32) (result i32)
    block $a
      block $b
        try $c
          block $d
            local.get 0
            call $maybe
            local.get 0
            br_table $d $c $b $a
          end
          i32.const 100
          return
        catch $t
          br_table $c $b $a
        end
        i32.const 101
        return
      end
      i32.const 102
      return
    end
    i32.const 103)
  (func (export "d") (result i32) i32.const 0 call $run)
  (func (export "c") (result i32) i32.const 1 call $run)
  (func (export "b") (result i32) i32.const 2 call $run)
  (func (export "a") (result i32) i32.const 3 call $run)
  (func (export "caught") (result i32) i32.const 9 call $run))
