"""The SELECT that a relation's steps fill, clause by clause, as long as they come in the order in which SQL evaluates them."""

import copy

_ORDER = ("where", "groups", "items", "distinct", "order", "offset", "limit")


class Select:
    """A SELECT over what stands behind its FROM."""

    def __init__(self, source, aliases=(), is_join=False, items=None):
        self.source = source
        self.aliases = aliases  # of what stands behind FROM
        self.is_join = is_join
        self.where = ()
        self.groups = self.order = self.offset = self.limit = None
        self.items = items
        self.distinct = False

    def _filled(self, clause):
        value = getattr(self, clause)
        return value not in ((), None, False)

    def is_bare(self):
        return not any(map(self._filled, _ORDER))

    def with_(self, clause, **values):
        """This with a clause; None: it needs a SELECT of its own, because the clause, or one behind it, is there."""
        place = _ORDER.index(clause)
        behind = _ORDER[place + 1 :] if clause == "where" else _ORDER[place:]
        if any(map(self._filled, behind)) or (clause == "order" and self._filled("items")):
            return None
        made = copy.copy(self)
        for name, value in values.items():
            setattr(made, name, (*self.where, value) if name == "where" else value)
        return made

    def text(self):
        parts = [f"SELECT {'DISTINCT ' if self.distinct else ''}{self.items or '*'} FROM {self.source}"]
        if self.where:
            parts.append("WHERE " + " AND ".join(f"({test})" for test in self.where))
        if self.groups is not None:
            parts.append(f"GROUP BY {self.groups}")
        if self.order is not None:
            parts.append(f"ORDER BY {self.order}")
        if self.limit is not None and self.limit >= 0:
            parts.append(f"LIMIT {self.limit}")
        if self.offset:
            parts.append(f"OFFSET {self.offset}")
        return " ".join(parts)
