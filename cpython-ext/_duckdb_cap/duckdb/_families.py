"""Functions of SQL as methods of an expression, by what it is: `col("s").str().upper()`. SQL, name and order stay the same."""

from __future__ import annotations

from duckdb._expression import Call, Expression, lift


class Family(Expression):
    """An expression with a group of functions in reach."""

    @classmethod
    def _around(cls, inner):
        made = cls._make(inner._sql, inner._texts, _inner=inner)
        return made._with(_alias=inner._alias, _direction=inner._direction, _nulls=inner._nulls)

    def _again(self, inner):
        made = type(self)._around(inner)
        return made._with(_alias=self._alias, _direction=self._direction, _nulls=self._nulls)

    def where(self, predicate):
        return self._again(self._inner.where(predicate))

    def ignore_nulls(self):
        return self._again(self._inner.ignore_nulls())


class StrExpr(Family):
    """Text."""


class DtExpr(Family):
    """A date, a time or a timestamp."""


class ListExpr(Family):
    """A list."""


class JsonExpr(StrExpr):
    """JSON, which is a text, too."""


_FAMILIES = {"str": StrExpr, "dt": DtExpr, "list": ListExpr, "json": JsonExpr}

# What methods give: another family's expression, or with an empty name any.
_METHODS = {
    "str": {
        "": (
            "ascii bit_length contains damerau_levenshtein from_base64 hamming ilike_escape instr jaccard jaro_similarity "
            "jaro_winkler_similarity length length_grapheme levenshtein like_escape md5_number not_ilike_escape "
            "not_like_escape parse_formatted_bytes prefix regexp_full_match regexp_matches strlen suffix unbin unhex "
            "unicode"
        ),
        "list": "parse_path regexp_extract_all string_split string_split_regex",
        "str": (
            "bin concat_ws format left left_grapheme lower lpad ltrim md5 nfc_normalize overlay parse_dirname "
            "parse_dirpath parse_filename path_join printf regexp_escape regexp_extract regexp_replace replace reverse "
            "right right_grapheme rpad rtrim sha1 sha256 strip_accents substring substring_grapheme translate trim upper "
            "url_decode url_encode"
        ),
    },
    "dt": {
        "": (
            "century day dayofmonth dayofweek dayofyear days_in_month decade diff epoch epoch_ns epoch_us era hour isodow "
            "isoyear julian microsecond millennium millisecond minute month nanosecond part quarter second sub "
            "timetz_byte_comparable timezone timezone_hour timezone_minute week weekday weekofyear year yearweek"
        ),
        "dt": "age last_day normalized_interval time_bucket trunc",
        "str": "dayname monthname strftime",
    },
    "list": {
        "": (
            "aggregate any_value approx_count_distinct avg bit_and bit_or bit_xor bool_and bool_or contains "
            "cosine_distance cosine_similarity count distance entropy extract first has_all has_any histogram "
            "inner_product kurtosis kurtosis_pop last mad max median min mode negative_inner_product position product "
            "reduce sem skewness stddev_pop stddev_samp sum unique var_pop var_samp"
        ),
        "list": (
            "append distinct filter flatten grade_up intersect mask prepend resize reverse reverse_sort select sort "
            "transform"
        ),
        "str": "string_agg",
    },
    "json": {
        "": "array_length contains exists transform transform_strict valid",
        "json": "deep_merge extract extract_path insert merge_patch_diff parse remove replace set strip_nulls structure",
        "list": "keys",
        "str": "extract_path_text extract_string normalize pretty type value",
    },
}
_PREFIXES = {"list": "list_", "json": "json_"}
# Functions whose names are not made of the methods'.
_NAMES = {
    "dt": {"diff": "date_diff", "part": "date_part", "sub": "date_sub", "trunc": "date_trunc"},
    "list": {"flatten": "flatten", "mask": "list_where"},
    "json": {"parse": "json"},
}
# Methods whose first argument has a name, and whether it stands before the expression.
_FIRST = {
    "str": {"concat_ws": ("separator", True)},
    "dt": {**dict.fromkeys(("diff", "part", "sub", "trunc"), ("part", True)), "time_bucket": ("bucket_width", True)},
    "list": {**dict.fromkeys(("filter", "reduce", "transform"), ("function", False)), "prepend": ("e", True)},
}


def _method(function, family):
    def method(self, *args: ValueOrExpr) -> Expression:
        made = Call._of(function, [self._bare(), *map(lift, args)])
        return made if family is None else family._around(made)

    return method


def _method_of(function, family, before, name):
    """A method whose first argument is named."""

    def call(self, first, args):
        operands = [lift(first), self._bare()] if before else [self._bare(), lift(first)]
        made = Call._of(function, [*operands, *map(lift, args)])
        return made if family is None else family._around(made)

    if name == "separator":
        return lambda self, separator, *args: call(self, separator, args)
    if name == "part":
        return lambda self, part, *args: call(self, part, args)
    if name == "bucket_width":
        return lambda self, bucket_width, *args: call(self, bucket_width, args)
    if name == "function":
        return lambda self, function, *args: call(self, function, args)
    return lambda self, e, *args: call(self, e, args)


for _family, _results in _METHODS.items():
    for _result, _names in _results.items():
        for _name in _names.split():
            _function = _NAMES.get(_family, {}).get(_name, _PREFIXES.get(_family, "") + _name)
            _named, _before = _FIRST.get(_family, {}).get(_name, (None, False))
            if _named is None:
                _made = _method(_function, _FAMILIES.get(_result))
            else:
                _made = _method_of(_function, _FAMILIES.get(_result), _before, _named)
            _made.__name__, _made.__qualname__ = _name, f"{_FAMILIES[_family].__name__}.{_name}"
            _made.__doc__ = f"SQL: `{_function}`."
            setattr(_FAMILIES[_family], _name, _made)
del _before, _family, _function, _made, _name, _named, _names, _result, _results


# ---- On any expression ----

_AGGREGATES = {
    name: name
    for name in (
        "sum avg min max count median first last any_value bit_and bit_or bool_and bool_or product string_agg skewness kurtosis "
        "entropy array_agg mode quantile_cont arg_min arg_max"
    ).split()
}
_AGGREGATES.update(mean="avg", std="stddev_samp", var="var_samp", quantile="quantile_disc")


def _entry(family):
    def method(self):
        return family._around(self)

    method.__annotations__ = {"return": family.__name__}
    method.__doc__ = f"It, with functions for this in reach: {family.__doc__[0].lower()}{family.__doc__[1:]}"
    return method


for _name, _function in _AGGREGATES.items():
    if _name not in vars(Expression):
        setattr(Expression, _name, _method(_function, None))
        getattr(Expression, _name).__name__ = _name
        getattr(Expression, _name).__qualname__ = f"Expression.{_name}"
        getattr(Expression, _name).__doc__ = f"SQL: `{_function}`."
for _name, _family in _FAMILIES.items():
    setattr(Expression, _name, _entry(_family))
    getattr(Expression, _name).__name__ = _name
    getattr(Expression, _name).__qualname__ = f"Expression.{_name}"
del _family, _function, _name
