//! The names that wit-bindgen-c 0.63 gives to things. The shims are compiled against its headers, so a rule that
//! changes there shows as a compile error, never as a wrong program.

use heck::ToSnakeCase as _;
use wit_parser::{Handle, InterfaceId, Resolve, Type, TypeDefKind};

/// The words that cannot be a C (or C++) identifier, and the names that generated signatures use themselves.
const RESERVED: &str = "
    _Packed alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept auto bitand
    bitor bool break case catch char char16_t char32_t char8_t class co_await co_return co_yield
    compl concept const const_cast consteval constexpr constinit continue decltype default delete
    do double dynamic_cast else enum err explicit export extern false float for friend goto if
    inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private
    protected public reflexpr register reinterpret_cast requires ret return short signed sizeof
    static static_assert static_cast stderr stdin stdout struct switch synchronized template this
    thread_local throw true try typedef typeid typename union unsigned using virtual void volatile
    wchar_t while xor xor_eq
";

/// `data-type` to `data_type`, `int` to `int_`: the name of a field, a parameter or a case in C.
pub fn identifier(name: &str) -> String {
    if RESERVED.split_whitespace().any(|word| word == name) {
        format!("{name}_")
    } else {
        name.to_snake_case()
    }
}

/// `zlib-import` to `zlib_import`.
pub fn snake(name: &str) -> String {
    name.to_snake_case()
}

/// What an interface's items begin with: `zlib_compression_streams`, or `exports_zlib_compression_streams`. The
/// version is part of it only where the resolve holds two versions of the package.
///
/// The interface must have a name and a package.
pub fn interface(resolve: &Resolve, id: InterfaceId, exported: bool) -> String {
    let interface = &resolve.interfaces[id];
    let package = interface.package.expect("invariant: only named interfaces get here");
    let package = &resolve.packages[package].name;
    let mut text = String::from(if exported { "exports_" } else { "" });
    text.push_str(&format!(
        "{}_{}_",
        package.namespace.to_snake_case(),
        package.name.to_snake_case()
    ));
    let other_version = resolve.packages.iter().any(|(_, other)| {
        other.name.namespace == package.namespace
            && other.name.name == package.name
            && other.name.version != package.version
    });
    if let (true, Some(version)) = (other_version, &package.version) {
        text.push_str(&version.to_string().replace(['.', '-', '+'], "_"));
        text.push('_');
    }
    let name = interface.name.as_ref().expect("invariant: only named interfaces get here");
    text.push_str(&name.to_snake_case());
    text
}

/// The function's part of its C name: `method_deflater_step` of `[method]deflater.step`.
pub fn function(name: &str) -> String {
    name.to_snake_case().replace('.', "_")
}

/// A type's part of its C name: its own name, or what it is made of (`list_u8`, `tuple2_u32_string`).
pub fn type_name(resolve: &Resolve, ty: &Type) -> String {
    let optional =
        |ty: &Option<Type>| ty.map_or_else(|| "void".to_owned(), |ty| type_name(resolve, &ty));
    let id = match ty {
        Type::Char => return "char32".to_owned(),
        Type::Id(id) => *id,
        primitive => return wit_name(resolve, primitive),
    };
    let definition = &resolve.types[id];
    if let Some(name) = &definition.name {
        return name.to_snake_case();
    }
    match &definition.kind {
        TypeDefKind::Type(target) => type_name(resolve, target),
        TypeDefKind::Tuple(tuple) => {
            let items: Vec<_> = tuple.types.iter().map(|item| type_name(resolve, item)).collect();
            format!("tuple{}_{}", items.len(), items.join("_"))
        }
        TypeDefKind::Option(payload) => format!("option_{}", type_name(resolve, payload)),
        TypeDefKind::Result(result) => {
            format!("result_{}_{}", optional(&result.ok), optional(&result.err))
        }
        TypeDefKind::List(item) => format!("list_{}", type_name(resolve, item)),
        TypeDefKind::Handle(Handle::Own(resource)) => {
            format!("own_{}", type_name(resolve, &Type::Id(*resource)))
        }
        TypeDefKind::Handle(Handle::Borrow(resource)) => {
            format!("borrow_{}", type_name(resolve, &Type::Id(*resource)))
        }
        // Refused before anything is named: see `support`.
        other => other.as_str().to_snake_case(),
    }
}

/// A type as WIT writes it, for comments and errors: `result<list<u8>, failure>`.
pub fn wit_name(resolve: &Resolve, ty: &Type) -> String {
    let optional =
        |ty: &Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| wit_name(resolve, &ty));
    let id = match ty {
        Type::Bool => return "bool".to_owned(),
        Type::U8 => return "u8".to_owned(),
        Type::U16 => return "u16".to_owned(),
        Type::U32 => return "u32".to_owned(),
        Type::U64 => return "u64".to_owned(),
        Type::S8 => return "s8".to_owned(),
        Type::S16 => return "s16".to_owned(),
        Type::S32 => return "s32".to_owned(),
        Type::S64 => return "s64".to_owned(),
        Type::F32 => return "f32".to_owned(),
        Type::F64 => return "f64".to_owned(),
        Type::Char => return "char".to_owned(),
        Type::String => return "string".to_owned(),
        Type::ErrorContext => return "error-context".to_owned(),
        Type::Id(id) => *id,
    };
    let definition = &resolve.types[id];
    if let Some(name) = &definition.name {
        return name.clone();
    }
    match &definition.kind {
        TypeDefKind::Type(target) => wit_name(resolve, target),
        TypeDefKind::Tuple(tuple) => {
            let items: Vec<_> = tuple.types.iter().map(|item| wit_name(resolve, item)).collect();
            format!("tuple<{}>", items.join(", "))
        }
        TypeDefKind::Option(payload) => format!("option<{}>", wit_name(resolve, payload)),
        TypeDefKind::Result(result) => match (&result.ok, &result.err) {
            (None, None) => "result".to_owned(),
            (Some(ok), None) => format!("result<{}>", wit_name(resolve, ok)),
            (ok, err) => format!("result<{}, {}>", optional(ok), optional(err)),
        },
        TypeDefKind::List(item) => format!("list<{}>", wit_name(resolve, item)),
        TypeDefKind::FixedLengthList(item, length) => {
            format!("list<{}, {length}>", wit_name(resolve, item))
        }
        TypeDefKind::Map(key, value) => {
            format!("map<{}, {}>", wit_name(resolve, key), wit_name(resolve, value))
        }
        TypeDefKind::Handle(Handle::Own(resource)) => wit_name(resolve, &Type::Id(*resource)),
        TypeDefKind::Handle(Handle::Borrow(resource)) => {
            format!("borrow<{}>", wit_name(resolve, &Type::Id(*resource)))
        }
        TypeDefKind::Future(Some(item)) => format!("future<{}>", wit_name(resolve, item)),
        TypeDefKind::Stream(Some(item)) => format!("stream<{}>", wit_name(resolve, item)),
        other => other.as_str().to_owned(),
    }
}
