"""What would break a client: the differences between two OpenAPI documents that take something away.

Adding is always allowed: a path, an answer's field, an optional parameter. Taking away, renaming and asking for more
is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


@dataclass
class Comparison:
    """Two documents, and the pairs of schemas that were compared already (they may contain themselves)."""

    old: Schema
    new: Schema
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def operations(self) -> Iterator[str]:
        """Paths and methods that are gone, and what changed inside those that stayed."""
        for path, methods in self.old.get("paths", {}).items():
            there = self.new.get("paths", {}).get(path)
            if there is None:
                yield f"{path}: the path is gone"
                continue
            for method, operation in methods.items():
                where = f"{method.upper()} {path}"
                if method in there:
                    yield from self._operation(where, operation, there[method])
                else:
                    yield f"{where}: the method is gone"

    def _operation(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._parameters(where, self._named(old, self.old), self._named(new, self.new))
        yield from self._body(f"{where}, body", old.get("requestBody"), new.get("requestBody"))
        for status, answer in old.get("responses", {}).items():
            there = new.get("responses", {}).get(status)
            if there is None and status.startswith("2"):
                yield f"{where}: the answer {status} is gone"
            elif there is not None and status.startswith("2"):
                yield from self._content(f"{where}, {status}", answer, there, sent=False)

    def _named(self, operation: Schema, document: Schema) -> dict[tuple[str, str], Schema]:
        plain = [self._resolve(parameter, document) for parameter in operation.get("parameters", [])]
        return {(parameter["in"], parameter["name"]): parameter for parameter in plain}

    def _parameters(
        self, where: str, old: dict[tuple[str, str], Schema], new: dict[tuple[str, str], Schema]
    ) -> Iterator[str]:
        for (place, name), parameter in old.items():
            if (place, name) not in new:
                yield f"{where}: the {place} parameter {name} is gone"
            else:
                there = new[(place, name)]
                label = f"{where}, {place} parameter {name}"
                yield from self._schema(label, parameter.get("schema", {}), there.get("schema", {}), sent=True)
        for (place, name), parameter in new.items():
            before = old.get((place, name), {})
            if parameter.get("required") and not before.get("required"):
                yield f"{where}: the {place} parameter {name} is required now"

    def _body(self, where: str, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new is None:
            if old is not None:
                yield f"{where}: is gone"
            return
        if new.get("required") and not (old or {}).get("required"):
            yield f"{where}: is required now"
        if old is not None:
            yield from self._content(where, old, new, sent=True)

    def _content(self, where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        for media_type, described in old.get("content", {}).items():
            there = new.get("content", {}).get(media_type)
            if there is None:
                yield f"{where}: {media_type} is gone"
            else:
                yield from self._schema(where, described.get("schema", {}), there.get("schema", {}), sent=sent)

    def _resolve(self, schema: Schema, document: Schema) -> Schema:
        while "$ref" in schema:
            found: Any = document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _schema(self, where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        """What is taken away between two schemas; `sent` says whether clients write them or read them."""
        pair = (old.get("$ref", ""), new.get("$ref", ""), sent)
        if all(pair[:2]):
            if pair in self.seen:
                return
            self.seen.add(pair)
        old, new = self._resolve(old, self.old), self._resolve(new, self.new)
        yield from self._values(where, old, new, sent=sent)
        yield from self._fields(where, old, new, sent=sent)
        if "items" in old:
            yield from self._schema(f"{where}[]", old["items"], new.get("items", {}), sent=sent)
        for kind in ("allOf", "oneOf", "anyOf"):
            for before, after in zip(old.get(kind, []), new.get(kind, []), strict=False):
                yield from self._schema(where, before, after, sent=sent)

    @staticmethod
    def _values(where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before, after = _types(old), _types(new)
        narrowed = before - after if sent else after - before
        if before and after and narrowed:
            yield f"{where}: the type was {', '.join(sorted(before))} and is {', '.join(sorted(after))}"
        values: list[Any] = old.get("enum", [])
        kept: list[Any] = new.get("enum", values)
        gone = [value for value in values if value not in kept]
        if gone:
            yield f"{where}: the values {', '.join(map(str, gone))} are gone"

    def _fields(self, where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        there = new.get("properties", {})
        for name, inner in old.get("properties", {}).items():
            if name in there:
                yield from self._schema(f"{where}.{name}", inner, there[name], sent=sent)
            else:
                yield f"{where}: the field {name} is gone"
        before, after = set(old.get("required", [])), set(new.get("required", []))
        if sent:
            yield from (f"{where}: the field {name} is required now" for name in sorted(after - before))
        else:
            yield from (
                f"{where}: the field {name} may be missing now" for name in sorted((before - after) & set(there))
            )


def _types(schema: Schema) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """One sentence for each difference that would break a client of `old`."""
    return list(Comparison(old, new).operations())
