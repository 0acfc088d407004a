//! What records, tuples, variants and results are made of: the same for both interpreters and both directions.

use link_shims::names::identifier;
use wit_parser::{Record, Result_, Tuple, Type, Variant};

use crate::names;

/// A member of a record or a tuple.
pub struct Member {
    pub ty: Type,
    /// Its name in the C structure.
    pub c_name: String,
    /// The attribute in Python: a record's.
    pub attribute: Option<String>,
}

impl Member {
    /// The expression for what messages call it; `class` is the record's.
    pub fn called(&self, class: &str) -> String {
        match &self.attribute {
            Some(attribute) => format!("\"{class}.{attribute}\""),
            None => "name".to_owned(),
        }
    }
}

/// A case of a variant or a result.
pub struct Case {
    /// What Python calls it.
    pub tag: String,
    /// Its payload's name in the C union.
    pub member: String,
    pub ty: Option<Type>,
}

pub fn of_record(record: &Record) -> Vec<Member> {
    let fields = record.fields.iter();
    let member = |field: &wit_parser::Field| Member {
        ty: field.ty,
        c_name: identifier(&field.name),
        attribute: Some(names::field(&field.name)),
    };
    fields.map(member).collect()
}

pub fn of_tuple(tuple: &Tuple) -> Vec<Member> {
    let types = tuple.types.iter().enumerate();
    types.map(|(i, ty)| Member { ty: *ty, c_name: format!("f{i}"), attribute: None }).collect()
}

pub fn of_variant(variant: &Variant) -> Vec<Case> {
    let cases = variant.cases.iter();
    let case = |case: &wit_parser::Case| Case {
        tag: names::tag(&case.name),
        member: identifier(&case.name),
        ty: case.ty,
    };
    cases.map(case).collect()
}

pub fn of_result(result: &Result_) -> Vec<Case> {
    let case = |name: &str, ty| Case { tag: name.to_owned(), member: name.to_owned(), ty };
    vec![case("ok", result.ok), case("err", result.err)]
}
