//! The helper functions that every generated header declares: strings and `*_free`.

use crate::codec::Codec;
use crate::header::{Interface, Resource};
use crate::names;
use crate::text::Text;

/// Defines the header's string functions and each `*_free` that it declares.
pub fn write(codec: &mut Codec) -> Text {
    let header = codec.header;
    let mut text = Text::default();
    if header.has_strings {
        strings(&mut text, &header.world);
    }
    for id in &header.types {
        if header.declares_free(*id) {
            text.append(codec.free_definition(*id, "void"));
        }
    }
    text
}

/// Defines `cabi_realloc` as bindings do, for a program that has no better one: who is handed a copy gets its memory as if
/// a component's boundary had been crossed.
pub fn memory(text: &mut Text) {
    let parameters = ["void *ptr", "size_t old_size", "size_t align", "size_t new_size"];
    let parameters = parameters.map(str::to_owned);
    text.list("void *cabi_realloc", &parameters, ";");
    text.gap();
    text.function("__attribute__((weak)) void *", "cabi_realloc", &parameters);
    text.line("(void)old_size;");
    text.under("if (new_size == 0)", "return (void *)align;");
    text.line("void *memory = realloc(ptr, new_size);");
    text.under("if (memory == NULL)", "abort();");
    text.line("return memory;");
    text.end();
}

/// Defines the import side's borrows: the own handle under another type.
pub fn borrows(text: &mut Text, interface: &Interface, resource: &Resource) {
    let Resource { own, borrow, c_name, .. } = resource;
    text.function("void", &format!("{c_name}_drop_borrow"), &[format!("{borrow} handle")]);
    text.line("(void)handle; // a borrow is the own handle under another type");
    text.end();
    let name = format!("{}_borrow_{}", interface.prefix, names::snake(&resource.name));
    text.function(borrow, &name, &[format!("{own} handle")]);
    text.line(format!("return ({borrow}){{handle.__handle}};"));
    text.end();
}

fn strings(text: &mut Text, world: &str) {
    let string = format!("{world}_string_t *ret");
    let source = "const char *s".to_owned();
    text.function("void", &format!("{world}_string_set"), &[string.clone(), source.clone()]);
    text.line("ret->ptr = (uint8_t *)s;");
    text.line("ret->len = strlen(s);");
    text.end();
    text.function("void", &format!("{world}_string_dup"), &[string.clone(), source.clone()]);
    text.line(format!("{world}_string_dup_n(ret, s, strlen(s));"));
    text.end();
    let parameters = [string.clone(), source, "size_t len".to_owned()];
    text.function("void", &format!("{world}_string_dup_n"), &parameters);
    text.line("// An empty string has a pointer that is not NULL and not to be freed.");
    text.line("ret->ptr = cabi_realloc(NULL, 0, 1, len);");
    text.line("ret->len = len;");
    text.line("memcpy(ret->ptr, s, len);");
    text.end();
    text.function("void", &format!("{world}_string_free"), &[string]);
    text.under("if (ret->len > 0)", "free(ret->ptr);");
    text.line("ret->ptr = NULL;");
    text.line("ret->len = 0;");
    text.end();
}
