//! How Python calls what is in its tables, and where in them it is: `Include/methodobject.h`, `typeslots.h`,
//! `cpython/object.h`.

use wasmparser::{FuncType, ValType};

use crate::wasm::object::Signature;

/// How a function is called: all parameters and results are of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    parameters: usize,
    result: bool,
}

impl Shape {
    pub fn signature(self) -> Signature {
        let parameters = vec![ValType::I32; self.parameters];
        let results = vec![ValType::I32; usize::from(self.result)];
        Signature::new(FuncType::new(parameters, results))
    }
}

pub const fn returns(parameters: usize) -> Shape {
    Shape { parameters, result: true }
}

pub const fn void(parameters: usize) -> Shape {
    Shape { parameters, result: false }
}

/// How a method with these `METH_` flags is called (`Include/methodobject.h`).
pub fn method(flags: u32) -> Option<(&'static str, Shape)> {
    const CLASS_STATIC_COEXIST: u32 = 0x70;
    Some(match flags & !CLASS_STATIC_COEXIST {
        0x001 => ("METH_VARARGS", returns(2)),
        0x003 => ("METH_VARARGS | METH_KEYWORDS", returns(3)),
        0x004 => ("METH_NOARGS", returns(2)),
        0x008 => ("METH_O", returns(2)),
        0x080 => ("METH_FASTCALL", returns(3)),
        0x082 => ("METH_FASTCALL | METH_KEYWORDS", returns(4)),
        0x282 => ("METH_METHOD | METH_FASTCALL | METH_KEYWORDS", returns(5)),
        _ => return None,
    })
}

pub const LAST_SLOT: u32 = 83;
pub const LAST_MODULE_SLOT: u32 = 4;

pub const MODULE_SLOTS: &[(u32, &str, Shape)] =
    &[(1, "Py_mod_create", returns(2)), (2, "Py_mod_exec", returns(1))];

/// Those of `Include/typeslots.h` that are functions.
pub const TYPE_SLOTS: &[(u32, &str, Shape)] = &[
    (1, "Py_bf_getbuffer", returns(3)),
    (2, "Py_bf_releasebuffer", void(2)),
    (3, "Py_mp_ass_subscript", returns(3)),
    (4, "Py_mp_length", returns(1)),
    (5, "Py_mp_subscript", returns(2)),
    (6, "Py_nb_absolute", returns(1)),
    (7, "Py_nb_add", returns(2)),
    (8, "Py_nb_and", returns(2)),
    (9, "Py_nb_bool", returns(1)),
    (10, "Py_nb_divmod", returns(2)),
    (11, "Py_nb_float", returns(1)),
    (12, "Py_nb_floor_divide", returns(2)),
    (13, "Py_nb_index", returns(1)),
    (14, "Py_nb_inplace_add", returns(2)),
    (15, "Py_nb_inplace_and", returns(2)),
    (16, "Py_nb_inplace_floor_divide", returns(2)),
    (17, "Py_nb_inplace_lshift", returns(2)),
    (18, "Py_nb_inplace_multiply", returns(2)),
    (19, "Py_nb_inplace_or", returns(2)),
    (20, "Py_nb_inplace_power", returns(3)),
    (21, "Py_nb_inplace_remainder", returns(2)),
    (22, "Py_nb_inplace_rshift", returns(2)),
    (23, "Py_nb_inplace_subtract", returns(2)),
    (24, "Py_nb_inplace_true_divide", returns(2)),
    (25, "Py_nb_inplace_xor", returns(2)),
    (26, "Py_nb_int", returns(1)),
    (27, "Py_nb_invert", returns(1)),
    (28, "Py_nb_lshift", returns(2)),
    (29, "Py_nb_multiply", returns(2)),
    (30, "Py_nb_negative", returns(1)),
    (31, "Py_nb_or", returns(2)),
    (32, "Py_nb_positive", returns(1)),
    (33, "Py_nb_power", returns(3)),
    (34, "Py_nb_remainder", returns(2)),
    (35, "Py_nb_rshift", returns(2)),
    (36, "Py_nb_subtract", returns(2)),
    (37, "Py_nb_true_divide", returns(2)),
    (38, "Py_nb_xor", returns(2)),
    (39, "Py_sq_ass_item", returns(3)),
    (40, "Py_sq_concat", returns(2)),
    (41, "Py_sq_contains", returns(2)),
    (42, "Py_sq_inplace_concat", returns(2)),
    (43, "Py_sq_inplace_repeat", returns(2)),
    (44, "Py_sq_item", returns(2)),
    (45, "Py_sq_length", returns(1)),
    (46, "Py_sq_repeat", returns(2)),
    (47, "Py_tp_alloc", returns(2)),
    (50, "Py_tp_call", returns(3)),
    (51, "Py_tp_clear", returns(1)),
    (52, "Py_tp_dealloc", void(1)),
    (53, "Py_tp_del", void(1)),
    (54, "Py_tp_descr_get", returns(3)),
    (55, "Py_tp_descr_set", returns(3)),
    (57, "Py_tp_getattr", returns(2)),
    (58, "Py_tp_getattro", returns(2)),
    (59, "Py_tp_hash", returns(1)),
    (60, "Py_tp_init", returns(3)),
    (61, "Py_tp_is_gc", returns(1)),
    (62, "Py_tp_iter", returns(1)),
    (63, "Py_tp_iternext", returns(1)),
    (65, "Py_tp_new", returns(3)),
    (66, "Py_tp_repr", returns(1)),
    (67, "Py_tp_richcompare", returns(3)),
    (68, "Py_tp_setattr", returns(3)),
    (69, "Py_tp_setattro", returns(3)),
    (70, "Py_tp_str", returns(1)),
    (71, "Py_tp_traverse", returns(3)),
    (74, "Py_tp_free", void(1)),
    (75, "Py_nb_matrix_multiply", returns(2)),
    (76, "Py_nb_inplace_matrix_multiply", returns(2)),
    (77, "Py_am_await", returns(1)),
    (78, "Py_am_aiter", returns(1)),
    (79, "Py_am_anext", returns(1)),
    (80, "Py_tp_finalize", void(1)),
    (81, "Py_am_send", returns(3)),
    (82, "Py_tp_vectorcall", returns(4)),
];

/// A field of a structure: its name, its word, and how it is called.
pub type Field = (&'static str, usize, Shape);

/// The functions of `PyTypeObject`.
pub const TYPE_FIELDS: &[Field] = &[
    ("tp_dealloc", 6, void(1)),
    ("tp_getattr", 8, returns(2)),
    ("tp_setattr", 9, returns(3)),
    ("tp_repr", 11, returns(1)),
    ("tp_hash", 15, returns(1)),
    ("tp_call", 16, returns(3)),
    ("tp_str", 17, returns(1)),
    ("tp_getattro", 18, returns(2)),
    ("tp_setattro", 19, returns(3)),
    ("tp_traverse", 23, returns(3)),
    ("tp_clear", 24, returns(1)),
    ("tp_richcompare", 25, returns(3)),
    ("tp_iter", 27, returns(1)),
    ("tp_iternext", 28, returns(1)),
    ("tp_descr_get", 34, returns(3)),
    ("tp_descr_set", 35, returns(3)),
    ("tp_init", 37, returns(3)),
    ("tp_alloc", 38, returns(2)),
    ("tp_new", 39, returns(3)),
    ("tp_free", 40, void(1)),
    ("tp_is_gc", 41, returns(1)),
    ("tp_del", 47, void(1)),
    ("tp_finalize", 49, void(1)),
    ("tp_vectorcall", 50, returns(4)),
];

/// A structure of functions that a type object refers to in `word`.
pub struct Suite {
    pub word: usize,
    /// In words.
    pub size: usize,
}

pub const SUITES: &[(Suite, &[Field])] = &[
    (
        Suite { word: 10, size: 4 },
        &[
            ("am_await", 0, returns(1)),
            ("am_aiter", 1, returns(1)),
            ("am_anext", 2, returns(1)),
            ("am_send", 3, returns(3)),
        ],
    ),
    (
        Suite { word: 12, size: 36 },
        &[
            ("nb_add", 0, returns(2)),
            ("nb_subtract", 1, returns(2)),
            ("nb_multiply", 2, returns(2)),
            ("nb_remainder", 3, returns(2)),
            ("nb_divmod", 4, returns(2)),
            ("nb_power", 5, returns(3)),
            ("nb_negative", 6, returns(1)),
            ("nb_positive", 7, returns(1)),
            ("nb_absolute", 8, returns(1)),
            ("nb_bool", 9, returns(1)),
            ("nb_invert", 10, returns(1)),
            ("nb_lshift", 11, returns(2)),
            ("nb_rshift", 12, returns(2)),
            ("nb_and", 13, returns(2)),
            ("nb_xor", 14, returns(2)),
            ("nb_or", 15, returns(2)),
            ("nb_int", 16, returns(1)),
            ("nb_float", 18, returns(1)),
            ("nb_inplace_add", 19, returns(2)),
            ("nb_inplace_subtract", 20, returns(2)),
            ("nb_inplace_multiply", 21, returns(2)),
            ("nb_inplace_remainder", 22, returns(2)),
            ("nb_inplace_power", 23, returns(3)),
            ("nb_inplace_lshift", 24, returns(2)),
            ("nb_inplace_rshift", 25, returns(2)),
            ("nb_inplace_and", 26, returns(2)),
            ("nb_inplace_xor", 27, returns(2)),
            ("nb_inplace_or", 28, returns(2)),
            ("nb_floor_divide", 29, returns(2)),
            ("nb_true_divide", 30, returns(2)),
            ("nb_inplace_floor_divide", 31, returns(2)),
            ("nb_inplace_true_divide", 32, returns(2)),
            ("nb_index", 33, returns(1)),
            ("nb_matrix_multiply", 34, returns(2)),
            ("nb_inplace_matrix_multiply", 35, returns(2)),
        ],
    ),
    (
        Suite { word: 13, size: 10 },
        &[
            ("sq_length", 0, returns(1)),
            ("sq_concat", 1, returns(2)),
            ("sq_repeat", 2, returns(2)),
            ("sq_item", 3, returns(2)),
            ("sq_ass_item", 5, returns(3)),
            ("sq_contains", 7, returns(2)),
            ("sq_inplace_concat", 8, returns(2)),
            ("sq_inplace_repeat", 9, returns(2)),
        ],
    ),
    (
        Suite { word: 14, size: 3 },
        &[
            ("mp_length", 0, returns(1)),
            ("mp_subscript", 1, returns(2)),
            ("mp_ass_subscript", 2, returns(3)),
        ],
    ),
    (
        Suite { word: 20, size: 2 },
        &[("bf_getbuffer", 0, returns(3)), ("bf_releasebuffer", 1, void(2))],
    ),
];
