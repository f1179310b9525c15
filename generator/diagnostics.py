"""What a run has to say about the pages: places, findings and the wording of each.

Takes nothing from other rooms; every room speaks through it. A reader returns a `Parsed`: the best
value it can make, and its findings. Nothing here prints.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, NamedTuple, TypeVar

from generator.values import Value

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Severity(StrEnum):
    """How much a finding costs the reader of the output."""

    INFO = "info"  # a habit worth knowing
    WARNING = "warning"  # written, with something repaired or chosen between sources
    ERROR = "error"  # a fact of the page is missing from what was written


class Rule(Value):
    """What one code means: its severity and a sentence with `{named}` details."""

    severity: Severity
    wording: str


def _rules(severity: Severity, **wordings: str) -> dict[str, Rule]:
    return {code.replace("_", "-"): Rule(severity, text) for code, text in wordings.items()}


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    _rules(
        Severity.ERROR,
        page_unfinished="this page is unfinished: '{text}'",
        table_columns_differ="the line under the table header has {found} columns, the header {expected}; "
        "read as a table all the same",
        type_undocumented="the type '{type}' is described by no page; {kept}",
        request_line_unreadable="'{line}' is no request line; no method can call it",
        request_line_missing="this operation page has no request line; its method raises an error",
        body_unreadable="the body is no JSON, even with repairs: {problem}",
        link_target_missing="the link '{target}' leads to no page",
        include_missing="the include '{target}' was not found; its text is left out",
        include_outside="the include '{target}' lies outside the folder of the docs; left out",
        overlay_unreadable="this correction cannot be read: {problem}; it is left out",
        overlay_unmatched="no {what} is called '{name}' there; correct the entry, or delete it",
        overlay_stale="the text of '{name}' on {page} is not the one that this corrects, so the page is "
        "taken as it is; compare the two, then delete the entry or set its hash to {hash}",
        permissions_unstated="the permission '{text}' is not filled in",
        enum_member_unnamed="row {row} of the enumeration has no member name; left out",
    )
    | _rules(
        Severity.WARNING,
        page_outside="this page is a link that leads outside the folder of the docs; left out",
        text_not_utf8="this page is not UTF-8 (first at byte {byte}); the bytes were replaced",
        front_matter_missing="this page has no front matter",
        front_matter_invalid="the front matter is not valid YAML ({problem}); read line by line",
        doc_type_unknown="the doc_type '{doc_type}' is not a known one",
        doc_type_differs="doc_type says {label}, but the page reads as {kind}",
        namespace_malformed="the namespace '{namespace}' is malformed; read as '{kept}'",
        namespace_differs="the namespace '{namespace}' is not that of the type '{type}'; the type's is used",
        link_letter_case="the link '{target}' differs from the page's name in letter case",
        cells_rejoined="this row has {found} cells, the header {expected}; the excess went to the last column",
        cell_continued="this line continues the last cell of the row above; joined to it",
        row_short="this row has fewer cells than the header",
        property_unnamed="row {row} has no property name; left out",
        property_not_plain="'{name}' is an annotation or a path, not a property; left out",
        property_twice="the property '{name}' is listed twice; {kept}",
        property_type_unknown="'{type}' is no type; read as untyped",
        property_type_differs="the property '{name}' is '{type}' here and '{other}' at {where}; '{other}' was kept",
        type_cell_prose="the type cell '{cell}' holds prose; read as {type}",
        type_alternatives="the type cell '{cell}' names several types; read as {type}",
        type_letter_case="the type is written '{type}' here, '{defined}' where it is defined",
        type_merged="the type '{type}' is described on {count} pages; merged",
        type_name_differs="the title says '{title}', the annotation '{type}'; the annotation's was used",
        type_annotation_missing="this resource page has no annotated JSON block; the title names the type",
        type_annotations_several="this page annotates {count} blocks as resource; the first one was used",
        base_differs="the text names the base '{text}', the annotation '{annotation}'; '{kept}' was used",
        base_undocumented="the base type '{base}' is described by no page; made of the rows that are inherited from it",
        base_cycle="the base types of '{type}' run in a circle; its base was dropped",
        properties_unreadable="this section has neither a property table nor 'None'",
        enum_differs="the enumeration '{enum}' has {members} here, but not at {where}; all were kept",
        enum_undocumented="the enumeration '{enum}' is described by no page; made of the values this description lists",
        enum_values_differ="the description lists {members}, which the enumeration '{enum}' does not have; added",
        path_repaired="the path '{path}' was read as '{kept}'",
        path_any_depth="the path '{path}' stands for any depth; it cannot be called",
        placeholder_literal="'{text}' in the path looks like a placeholder",
        template_line_foreign="'{line}' in the request block is no request line; left out",
        function_arguments_in_example="the function's arguments stand in an example alone; '{path}' was added",
        permissions_missing="no permission table could be read",
        response_missing="no status could be read from this page; {status} is assumed",
        response_status_differs="the text promises {text}, the example shows {example}; the example was used",
        response_type_differs="the text promises '{text}', the example shows '{example}'; '{kept}' was used",
        answer_by_key="'{path}' ends in a key, the page shows a list; one object was taken for its answer",
        answer_of_many="'{path}' is continued by a key, the page shows one object; a collection was taken for its answer",
        fence_unclosed="this code block is not closed; cut where the next heading or comment begins",
        fence_holds_two="this code block holds a request and a response; read as two",
        annotation_invalid="the annotation is not JSON ({problem}); what could be read was used",
        annotation_displaced="this annotation does not stand before its code block",
        annotation_wrong_kind="the block is annotated as {label}, but it is a {kind}",
        response_before_request="this response stands before any request; left out",
        response_name_unknown="the response names the request '{name}', which does not stand above it",
        headers_after_blank="a blank line stands before the headers; read as headers",
        request_second="a further request line, '{line}', stands in this example; read as an example of its own",
        headers_after_body="headers stand after the body; read as headers",
        body_without_blank="no blank line stands before the body",
        body_repaired="the body is not strict JSON ({faults}); repaired",
        body_unexpected="the status {status} carries a body",
        body_wrapped="a single object is wrapped in 'value'; unwrapped",
        body_list_differs="the body is {body}, the annotation says {annotation}; the body was believed",
        update_property_unknown="the update lists '{name}', which is no property of '{type}', the type at its URL",
        example_property_unknown="'{name}' is in no table of '{type}'",
        example_property_case="'{name}' is written '{defined}' in the table of '{type}'",
        example_value_unfit="the value of '{name}' is {found}, declared {type}",
        example_member_unknown="'{value}' is no member of '{enum}'",
        example_type_unknown="the type '{type}' is described by no page; read as '{kept}'",
        example_path_unmatched="'{method} {path}' fits no request line of this page",
        json_value_unfit="the JSON representation shows {found} for '{name}', declared {type}",
        example_path_case="'{path}' differs from the request line '{line}' in letter case",
        example_body_unsent="the page's method has no way to send the body of this request; it is not compared",
        example_answer_differs="this answer is of another kind than the page's first; it is not compared",
        example_version_differs="the example calls '{found}', the page is of '{expected}'",
        name_unused="the settings give a name to '{key}', which is no type, property, member, page or "
        "argument here; correct the key or delete the line",
        name_collision="'{name}' would be the name of {others} too; called '{kept}'",
    )
    | _rules(
        Severity.INFO,
        front_matter_empty="the front matter's '{key}' is empty",
        page_without_facts="this page describes no operation, type or enumeration; nothing was made of it",
        section_row="the row '{text}' is a heading; left out",
        parameter_from_prose="only a sentence names the parameter '{name}'; it was added",
        not_documented="'{name}' is said to be not yet documented",
        type_unlinked="the type '{type}' is documented, but not linked",
        answer_type_made="the page describes its answer and names no type; '{type}' was made of the table",
        answer_from_methods="the page names no type for its answer; '{type}' stands in the methods at {where}",
        base_one_source="the base '{base}' is named by the {source} alone",
        json_key_undocumented="the JSON representation has '{name}', which no table has; {kept}",
        template_twice="this request line stands twice on the page",
        endpoint_shared="the endpoint is also described by {pages}",
        example_placeholder="'{value}' stands for a value of {type}",
        request_line_in_example="only an example shows '{path}'; it was added to the request lines",
        example_callback="this request goes to '{host}', which is not the service; no call was made of it",
        example_without_response="this request has no response on the page",
        example_ignored="this example is annotated 'ignored'; read all the same",
        overlay_applied="'{name}' is corrected by an overlay: {reason}",
        slice_narrowed="'{name}' leads to {type}, which is not asked for; typed as {kept}",
        values_open="the values of '{name}' became the enumeration '{enum}'",
    )
)


class Span(Value, order=True):
    """A place in one page: line and column, counted from 1, and the last line it covers."""

    path: str
    first: int
    column: int = 1
    last: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.first}:{self.column}"

    def at_line(self, line: int, column: int = 1) -> "Span":
        """The place `line` of the same page."""
        return Span(self.path, line, column, line)


class Diagnostic(Value):
    """One finding about a page, placed on the lines that caused it."""

    code: str
    message: str
    span: Span

    @property
    def severity(self) -> Severity:
        return RULES[self.code].severity

    def __str__(self) -> str:
        return f"{self.span}: {self.severity}: {self.message} [{self.code}]"


class Parsed(NamedTuple, Generic[T_co]):
    """What a reader found, and what it has to say about it."""

    value: T_co
    diagnostics: tuple[Diagnostic, ...] = ()


def finding(code: str, span: Span, **details: object) -> Diagnostic:
    """Word the diagnostic `code`; an unknown code or a missing detail is our own bug.

    Details are page text: control characters are shown as escapes, so that a page cannot write
    to the terminal, and a long text is cut.
    """
    shown = {name: printable(str(detail)) for name, detail in details.items()}
    return Diagnostic(code, RULES[code].wording.format(**shown), span)


def printable(text: str, limit: int = 120) -> str:
    """`text` on one line, without control characters, at most `limit` characters long."""
    one_line = " ".join(text.split())
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in one_line)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


class Findings:
    """Gathers the findings of a run while values go on."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []

    def take(self, parsed: Parsed[T]) -> T:
        """Keep the findings of `parsed` and hand back its value."""
        self._found.extend(parsed.diagnostics)
        return parsed.value

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._found.extend(diagnostics)

    def say(self, code: str, span: Span, **details: object) -> None:
        """Word a finding and keep it."""
        self._found.append(finding(code, span, **details))

    def forget(self, pages: Collection[str]) -> None:
        """Drop the findings about these pages."""
        self._found = [found for found in self._found if found.span.path not in pages]

    def as_said(self) -> tuple[Diagnostic, ...]:
        """Every finding, in the order it was made."""
        return tuple(self._found)

    def in_page_order(self) -> tuple[Diagnostic, ...]:
        """Every finding once, by page, line and code."""
        unique = dict.fromkeys(self._found)
        return tuple(sorted(unique, key=lambda d: (d.span, d.code, d.message)))
