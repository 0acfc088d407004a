//! A static link of a cap that imports another one.

mod support;

use expect_test::expect;
use support::Contract;

const CONTRACT: &str = "
    package a:b@1.0.0;
    interface sums { resource sum { add: func(data: list<u8>); } total: func(of: sum) -> string; }
    interface seals { seal: func(data: list<u8>) -> list<u8>; }
    world over-seals { import seals; }
    world seals-cap { import sums; export seals; }
    world sums-cap { export sums; }";

/// Who is over `sums` itself has the same functions in a file of its own.
#[test]
fn what_it_has_of_the_other_cap_may_be_in_two_files() {
    let contract = Contract::from_text(CONTRACT).unwrap();
    let other = contract.side(contract.relayed.unwrap());
    let (import, cap) = (contract.side(contract.import), contract.side(contract.cap));
    let shim = link_shims::static_link(&import, &[cap], &[other]).unwrap();
    let weak: Vec<_> = shim.text.lines().filter(|line| line.starts_with("#pragma")).collect();
    expect![[r#"
        #pragma weak a_b_sums_method_sum_add
        #pragma weak a_b_sums_total
        #pragma weak a_b_sums_sum_drop_own
        #pragma weak a_b_sums_sum_drop_borrow
        #pragma weak a_b_sums_borrow_sum
        #pragma weak exports_a_b_sums_sum_new
        #pragma weak exports_a_b_sums_sum_rep
        #pragma weak exports_a_b_sums_sum_drop_own
        #pragma weak sums_cap_string_set
        #pragma weak sums_cap_string_dup
        #pragma weak sums_cap_string_dup_n
        #pragma weak sums_cap_string_free
        #pragma weak sums_cap_list_u8_free"#]]
    .assert_eq(&weak.join("\n"));
    let own = link_shims::static_link(&import, &[cap, other], &[]).unwrap();
    assert!(!own.text.contains("#pragma"), "{}", own.text);
}
