"""What the programs `*_link_errors.py` have in common."""


def raised(what, call):
    """Prints what a call raises, its code, and whether it says which limit was exceeded."""
    try:
        result = call()
    except Exception as error:
        kind = type(error)
        limited = "payload_bytes" in getattr(error, "message", "")
        print(what, f"{kind.__module__}.{kind.__name__}", getattr(error, "code", None), limited)
    else:
        print(what, "gave", result)
