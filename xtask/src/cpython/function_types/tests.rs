use expect_test::expect;
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, Encode, Function,
    FunctionSection, LinkingSection, Module, SymbolTable, TypeSection, ValType as Type,
};

use super::*;
use Word::{Data as To, Function as Call, Number};

/// Four bytes of a table.
#[derive(Clone, Copy)]
enum Word {
    Number(u32),
    /// A function, by its place among those of the object.
    Function(usize),
    /// A table, by its place.
    Data(usize),
}

/// Functions: how many parameters, and whether there is a result.
const FUNCTIONS: &[(&str, usize, bool)] = &[
    ("one", 1, true),
    ("two", 2, true),
    ("three", 3, true),
    ("four", 4, true),
    ("five", 5, true),
    ("drop_one", 1, false),
    ("drop_two", 2, false),
];
const ONE: Word = Call(0);
const TWO: Word = Call(1);
const THREE: Word = Call(2);
const FOUR: Word = Call(3);
const FIVE: Word = Call(4);
const DROP_ONE: Word = Call(5);
const DROP_TWO: Word = Call(6);

/// A relocatable object with the tables, as a compiler writes it.
fn object(tables: &[(&str, &[Word])]) -> Vec<u8> {
    let mut types = TypeSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut symbols = SymbolTable::new();
    for (index, &(name, parameters, result)) in (0..).zip(FUNCTIONS) {
        types.ty().function(vec![Type::I32; parameters], vec![Type::I32; usize::from(result)]);
        functions.function(index);
        let mut body = Function::new([]);
        body.instructions().unreachable().end();
        code.function(&body);
        symbols.function(0, index, Some(name));
    }
    let mut data = DataSection::new();
    let mut relocations = Vec::new();
    // The number of segments takes one byte.
    let mut written = 1;
    for (index, (name, words)) in (0..).zip(tables) {
        let size = words.len() * WORD;
        let mut length = Vec::new();
        size.encode(&mut length);
        // Of each segment the flags, the address in three bytes, and the length.
        written += 4 + length.len();
        for (number, word) in words.iter().enumerate() {
            let (kind, symbol) = match word {
                Number(_) => continue,
                Call(function) => (2, *function),
                To(table) => (5, FUNCTIONS.len() + table),
            };
            relocations.push((kind, written + number * WORD, symbol));
        }
        written += size;
        let number = |word: &Word| if let Number(number) = word { *number } else { 0 };
        let bytes: Vec<_> = words.iter().flat_map(|word| number(word).to_le_bytes()).collect();
        data.active(0, &ConstExpr::i32_const(0), bytes);
        let size = u32::try_from(size).unwrap();
        symbols.data(0, name, Some(DataSymbolDefinition { index, offset: 0, size }));
    }
    let mut linking = LinkingSection::new();
    linking.symbol_table(&symbols);
    // Of section 3, which the data are.
    let mut reloc = vec![3];
    relocations.len().encode(&mut reloc);
    for (kind, offset, symbol) in relocations {
        reloc.push(kind);
        offset.encode(&mut reloc);
        symbol.encode(&mut reloc);
        if kind == 5 {
            reloc.push(0);
        }
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code).section(&data).section(&linking);
    module.section(&CustomSection { name: "reloc.DATA".into(), data: reloc.into() });
    module.finish()
}

fn wrong(tables: &[(&str, &[Word])]) -> String {
    inspect(&object(tables)).unwrap().wrong.join("\n")
}

const NAME: (&str, &[Word]) = ("name", &[Number(0x61)]);
const END: Word = Number(0);

#[test]
fn methods_of_all_flags_pass() {
    let entries = [
        (TWO, 0x1),
        (THREE, 0x3),
        (TWO, 0x4),
        (TWO, 0x18),
        (THREE, 0xa0),
        (FOUR, 0x82),
        (FIVE, 0x282),
    ];
    let entry = |&(function, flags)| [To(0), function, Number(flags), END];
    let words: Vec<_> = entries.iter().flat_map(entry).chain([END; 4]).collect();
    assert_eq!(wrong(&[NAME, ("methods", &words)]), "");
}

#[test]
fn methods_of_other_flags_are_named() {
    let words = [
        [To(0), TWO, Number(0x4), To(0)],
        [To(0), ONE, Number(0x4), END],
        [To(0), TWO, Number(0x3), END],
        [To(0), FOUR, Number(0x80), END],
        [END; 4],
    ];
    expect![[r#"
        methods: method 2 (METH_NOARGS) is called as (i32, i32) -> (i32), but one is (i32) -> (i32)
        methods: method 3 (METH_VARARGS | METH_KEYWORDS) is called as (i32, i32, i32) -> (i32), but two is (i32, i32) -> (i32)
        methods: method 4 (METH_FASTCALL) is called as (i32, i32, i32) -> (i32), but four is (i32, i32, i32, i32) -> (i32)"#]]
    .assert_eq(&wrong(&[NAME, ("methods", &words.concat())]));
}

#[test]
fn slots_of_a_type() {
    let slots = |clear| [Number(52), DROP_ONE, Number(51), clear, Number(56), To(0), END, END];
    assert_eq!(wrong(&[NAME, ("slots", &slots(ONE))]), "");
    expect!["slots: Py_tp_clear is called as (i32) -> (i32), but drop_one is (i32) -> ()"]
        .assert_eq(&wrong(&[NAME, ("slots", &slots(DROP_ONE))]));
}

#[test]
fn slots_of_a_module() {
    let slots = |exec| [Number(2), exec, Number(3), Number(1), END, END];
    assert_eq!(wrong(&[NAME, ("slots", &slots(ONE))]), "");
    expect!["slots: Py_bf_releasebuffer or Py_mod_exec is called as (i32, i32) -> () or (i32) -> (i32), but two is (i32, i32) -> (i32)"]
        .assert_eq(&wrong(&[NAME, ("slots", &slots(TWO))]));
}

#[test]
fn attributes() {
    let entry = |get, set| [To(0), get, set, To(0), END];
    let good = [entry(TWO, THREE), entry(TWO, END), [END; 5]];
    assert_eq!(wrong(&[NAME, ("attributes", &good.concat())]), "");
    let bad = [entry(ONE, TWO), [END; 5]];
    expect![[r#"
        attributes: getter of attribute 1 is called as (i32, i32) -> (i32), but one is (i32) -> (i32)
        attributes: setter of attribute 1 is called as (i32, i32, i32) -> (i32), but two is (i32, i32) -> (i32)"#]]
    .assert_eq(&wrong(&[NAME, ("attributes", &bad.concat())]));
}

#[test]
fn module_definitions() {
    let definition = |clear| {
        let mut words = [END; 13];
        words[5] = To(0);
        words[10..].copy_from_slice(&[THREE, clear, DROP_ONE]);
        words
    };
    assert_eq!(wrong(&[NAME, ("module", &definition(ONE))]), "");
    expect!["module: m_clear is called as (i32) -> (i32), but drop_one is (i32) -> ()"]
        .assert_eq(&wrong(&[NAME, ("module", &definition(DROP_ONE))]));
}

#[test]
fn static_types_and_what_they_refer_to() {
    let mut words = [END; 52];
    words[3] = To(0);
    words[6] = DROP_ONE;
    words[14] = To(2);
    words[20] = To(3);
    words[23] = THREE;
    words[24] = DROP_ONE;
    let mapping = [ONE, TWO, TWO];
    let buffer = [THREE, DROP_TWO];
    expect![[r#"
        type: tp_clear is called as (i32) -> (i32), but drop_one is (i32) -> ()
        mapping: mp_ass_subscript is called as (i32, i32, i32) -> (i32), but two is (i32, i32) -> (i32)"#]]
    .assert_eq(&wrong(&[NAME, ("type", &words), ("mapping", &mapping), ("buffer", &buffer)]));
}

#[test]
fn other_tables_with_functions_are_left_alone() {
    let names_and_functions = [To(0), ONE, To(0), DROP_TWO, END, END];
    let numbers_and_functions = [Number(1000), ONE, Number(1001), DROP_TWO, END, END];
    let functions = [DROP_ONE, FIVE];
    let tables: [(&str, &[Word]); 4] =
        [NAME, ("a", &names_and_functions), ("b", &numbers_and_functions), ("c", &functions)];
    assert_eq!(wrong(&tables), "");
}

#[test]
fn the_error_names_the_object_and_says_what_to_do() {
    let slots = [Number(51), DROP_ONE, END, END];
    let error = check("operator.o", &object(&[("slots", &slots)])).unwrap_err().to_string();
    expect![[r#"
        operator.o has functions of types that Python does not call them with:
          slots: Py_tp_clear is called as (i32) -> (i32), but drop_one is (i32) -> ()
        hint: give the function the parameters and the result that its table asks for; a cast only hides it"#]]
    .assert_eq(&error);
}

#[test]
fn what_is_no_object_is_an_error() {
    assert!(check("x.o", b"rubbish").is_err());
    assert!(check_libpython("libx.a", b"rubbish").is_err());
    let object = object(&[("slots", &[Number(51), ONE, END, END])]);
    assert!(check("x.o", &object[..object.len() - 3]).is_err());
}

#[test]
fn a_libpython_without_a_kind_of_table_is_refused() {
    let error = check_libpython("libpython", b"!<arch>\n").unwrap_err().to_string();
    assert!(error.contains("[Methods, Attributes, Slots, Module, Type, Suite]"), "{error}");
    assert!(error.contains("hint: has their layout changed?"), "{error}");
}
