//! Words that are taken in C before a contract comes.

/// What the word is already, where it stands for a parameter, a member or anything else.
pub fn meaning(word: &str) -> Option<&'static str> {
    let among = |words: &str| words.split_whitespace().any(|other| other == word);
    if among(KEYWORDS) {
        Some("a keyword")
    } else if among(MACROS) {
        Some("a macro of the C library")
    } else {
        None
    }
}

/// What the word is already where a type could stand as well: not for a member.
pub fn meaning_of_variable(word: &str) -> Option<&'static str> {
    let among = |words: &str| words.split_whitespace().any(|other| other == word);
    if among(TYPES) {
        Some("a type of the C library")
    } else if among(GENERATED) {
        Some("a name that generated code uses itself")
    } else {
        meaning(word)
    }
}

/// Keywords of C23 and C++23 and those that clang adds.
const KEYWORDS: &str = "
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default
    delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long
    mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using virtual
    void volatile wchar_t while xor xor_eq
";

/// Macros in lower case of the headers that generated code includes, and of those that are included with it often.
const MACROS: &str =
    "alloca offsetof stderr stdin stdout unreachable va_arg va_copy va_end va_list va_start";

/// Types of the headers that generated code includes.
const TYPES: &str = "
    div_t int16_t int32_t int64_t int8_t int_fast16_t int_fast32_t int_fast64_t int_fast8_t int_least16_t int_least32_t
    int_least64_t int_least8_t intmax_t intptr_t ldiv_t lldiv_t locale_t max_align_t nullptr_t ptrdiff_t size_t
    ssize_t uint16_t uint32_t uint64_t uint8_t uint_fast16_t uint_fast32_t uint_fast64_t uint_fast8_t uint_least16_t
    uint_least32_t uint_least64_t uint_least8_t uintmax_t uintptr_t wchar_t
";

/// Variables of generated functions beside their parameters.
const GENERATED: &str = "err ret ret_area";
