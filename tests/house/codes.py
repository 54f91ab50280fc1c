"""The stable error codes, collected from the source and written into `docs/errors.md`.

In: the syntax trees of `src/suture`. Out: a table of code, kind, meaning and module, and the page
with that table renewed. Refuses to know: codes composed at run time, except by their fixed prefix.
Run as `python tests/house/codes.py [--write]`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "suture"
PAGE = ROOT / "docs" / "errors.md"
BEGIN, END = "<!-- codes: begin -->", "<!-- codes: end -->"

CODE = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z][a-z0-9.-]*\*?|[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+")
"""`area.reason`, or the upper-case codes that the specification gives to exceptions."""

KINDS = {
    "RefusalError": "refused",
    "Refused": "refused",
    "MisconfiguredError": "misconfigured",
    "Misconfigured": "misconfigured",
    "StoreFullError": "unavailable",
    "Unavailable": "unavailable",
    "NotSent": "unavailable",
    "Uncertain": "uncertain",
    "Unanswered": "uncertain",
    "Problem": "problem",
    "FramingFault": "problem",
    "Filtered": "filtered",
    "Failed": "failed",
    "ExceptionRaised": "exception",
}
"""Constructor -> what may be done next (ADR 0007), or where the code appears."""

BY_FORM = re.compile(r"[a-z0-9]+\.[a-z0-9]+(?:-[a-z0-9]+)+")
"""A literal of this form is a code wherever it stands: event types have no hyphen."""

NOT_CODES = frozenset({"erp.receipt.post", "erp.voucher.post", "erp.issue.post"})


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """One use of a stable code."""

    code: str
    kind: str
    module: str
    meaning: str = ""


def text_of(node: ast.expr | None) -> str:
    """Return a string literal; the fixed parts of an f-string with `*` for the rest."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [text_of(p) if isinstance(p, ast.Constant) else "*" for p in node.values]
        return re.sub(r"\*+", "*", "".join(parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    return ""


def arguments(call: ast.Call) -> tuple[str, str]:
    """Return the code and the meaning a constructor is called with, as far as they are literal."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    code = named.get("code", call.args[0] if call.args else None)
    texts = [text_of(named.get("text")), text_of(named.get("summary"))]
    texts += [text_of(argument) for argument in call.args[1:]]
    return text_of(code), next((t for t in texts if " " in t), "")


def codes_of(tree: ast.Module, module: str) -> Iterator[Code]:
    """Yield the codes one module uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and BY_FORM.fullmatch(str(node.value)):
            yield Code(str(node.value), "", module)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            code, meaning = arguments(node) if name in KINDS else ("", "")
            if CODE.fullmatch(code) and code not in NOT_CODES:
                yield Code(code, KINDS[name], module, meaning)
            elif not code:
                yield from _given_to_another(node, module)
        elif isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and target.id.endswith("PROBLEM_CODES"):
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    yield Code(text_of(key), "problem", module, text_of(value))


def _given_to_another(call: ast.Call, module: str) -> Iterator[Code]:
    """Yield a code that is handed to a function of the module's own, with the text beside it."""
    texts = [text_of(value) for value in [*call.args, *(k.value for k in call.keywords)]]
    meaning = next((text for text in texts if " " in text), "")
    if meaning:
        yield from (Code(text, "", module, meaning) for text in texts if BY_FORM.fullmatch(text))


def collect() -> list[Code]:
    """Return every code of the product, sorted (the simulated peers' own codes are not ours)."""
    found: list[Code] = []
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).as_posix()
        if not module.startswith("simulation/"):
            found += codes_of(ast.parse(path.read_text(encoding="utf-8")), module)
    return sorted(set(found))


def table(found: list[Code]) -> str:
    """Return the Markdown tables, one per area, one row per code."""
    areas: dict[str, dict[str, list[Code]]] = {}
    for use in found:
        area = use.code.split(".")[0] if "." in use.code else "exceptions"
        areas.setdefault(area, {}).setdefault(use.code, []).append(use)
    lines: list[str] = []
    for area, codes in sorted(areas.items()):
        lines += [f"### {area}", "", "| code | kind | meaning | raised in |", "|---|---|---|---|"]
        for code, uses in sorted(codes.items()):
            kinds = ", ".join(sorted({use.kind for use in uses} - {""}))
            meaning = next((use.meaning for use in uses if use.meaning), "")
            where = ", ".join(f"`{name}`" for name in sorted({use.module for use in uses}))
            lines.append(f"| `{code}` | {kinds} | {meaning.replace('|', ' ')} | {where} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def renewed(page: str, found: list[Code]) -> str:
    """Return the page with the text between its two marks replaced by the table."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table(found)}\n\n{END}{tail}"


def main(arguments_given: list[str]) -> int:
    """Print the table, or with `--write` renew the page."""
    if arguments_given == ["--write"]:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), collect()), encoding="utf-8")
    else:
        sys.stdout.write(table(collect()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
