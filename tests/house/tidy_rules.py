"""The tidy rules: small checks over one module's syntax tree.

In: the text of a module and its path below `src/suture`. Out: offences, each with a line and a
stable rule name. Refuses to know: which offences are excused; that list stands in the test.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FUNCTION_LINES_MAX = 50
"""A function that does not fit on a screen is not read as a whole (STYLE.md, rule 14)."""
MODULE_LINES_MAX = 500
"""Beyond this a module holds two subjects (STYLE.md, rule 14)."""
PARAMETERS_MAX = 5
"""Positional parameters; more of them are mixed up by callers (STYLE.md, rule 14)."""
PARAMETERS_WITH_KEYWORDS_MAX = 7
"""Positional and keyword-only parameters together."""

CLOCK = "core/clock.py"
IDS = "core/ids.py"
PRINTERS = ("cli/", "simulation/")
"""Where writing to the terminal is the purpose."""
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})
MONEY_MODULES = re.compile(
    r"(^|/)(money|contract_price|approval\w*|match\w*|invoice\w*|voucher\w*|"
    r"to_x12\w*|from_x12\w*|to_cxml\w*|from_cxml\w*)\.py$|^documents/(erp|supply)\.py$"
)
"""Modules that carry amounts: a float literal or `float()` there is a wrong amount to come."""

CLOCK_CALLS = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
    }
)
BANNED_CALLS = {
    "uuid.uuid1": "ids are derived or minted by core.ids from the entropy passed in",
    "uuid.uuid4": "ids are derived or minted by core.ids from the entropy passed in",
    "os.urandom": "chance comes in as core.ids.Entropy",
    "logging.getLogger": "log through structlog, which masks content",
    "eval": "no code in strings",
    "exec": "no code in strings",
}


@dataclass(frozen=True, slots=True)
class Offence:
    """One place where a module breaks a rule."""

    rule: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module to check: its path below `src/suture`, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    nodes: tuple[ast.AST, ...]
    """Every node of the tree, walked once for all rules."""
    imports: dict[str, str]
    """Local name -> dotted name of what it was imported as."""


def _imports(nodes: Iterable[ast.AST]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.split(".")[0]
                found[local] = alias.name if alias.asname else local
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def read(path: str, text: str) -> Module:
    """Return the module at `path` (below `src/suture`), parsed."""
    tree = ast.parse(text)
    nodes = tuple(ast.walk(tree))
    return Module(path, text, tree, nodes, _imports(nodes))


def dotted(node: ast.expr, imports: dict[str, str]) -> str:
    """Return the dotted name an expression stands for, `` when it is not a plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([imports.get(node.id, node.id), *reversed(parts)])


def clock_calls(module: Module) -> Iterator[Offence]:
    """Yield every use of the machine's clock outside `core/clock.py` (a mention counts)."""
    if module.path == CLOCK:
        return
    imports = module.imports
    for node in module.nodes:
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        if dotted(node, imports) in CLOCK_CALLS:
            yield Offence("clock", node.lineno, "time comes in by the door: take a Clock")


def banned_calls(module: Module) -> Iterator[Offence]:
    """Yield calls and mentions that the house does without."""
    imports = module.imports
    for node in module.nodes:
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        reason = BANNED_CALLS.get(dotted(node, imports))
        if reason:
            yield Offence("banned-call", node.lineno, reason)


def chance(module: Module) -> Iterator[Offence]:
    """Yield imports of `random`, and of `secrets` outside `core/ids.py`."""
    for node in module.nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [(node.module or "").split(".")[0]]
        is_banned = "random" in names or ("secrets" in names and module.path != IDS)
        if is_banned and isinstance(node, ast.Import | ast.ImportFrom):
            yield Offence("chance", node.lineno, "chance comes in as core.ids.Entropy")


def printing(module: Module) -> Iterator[Offence]:
    """Yield `print` where no terminal is meant."""
    if module.path.startswith(PRINTERS):
        return
    for node in module.nodes:
        if isinstance(node, ast.Name) and node.id == "print":
            yield Offence("print", node.lineno, "only cli and simulation write to the terminal")


def swallowed(module: Module) -> Iterator[Offence]:
    """Yield bare `except`, and broad ones that do nothing."""
    imports = module.imports
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield Offence("bare-except", node.lineno, "name what is expected")
            elif dotted(node.type, imports) in {"Exception", "BaseException"} and all(
                isinstance(step, ast.Pass | ast.Continue) or _is_ellipsis(step)
                for step in node.body
            ):
                yield Offence("swallowed", node.lineno, "an error must leave a trace")
        elif (
            isinstance(node, ast.Call)
            and dotted(node.func, imports) == "contextlib.suppress"
            and any(dotted(a, imports) in {"Exception", "BaseException"} for a in node.args)
        ):
            yield Offence("swallowed", node.lineno, "an error must leave a trace")


def float_money(module: Module) -> Iterator[Offence]:
    """Yield float literals and `float()` in modules that carry amounts."""
    if not MONEY_MODULES.search(module.path):
        return
    for node in module.nodes:
        if isinstance(node, ast.expr) and _is_float(node):
            yield Offence("float-money", node.lineno, "amounts are Decimal, quantities Fraction")


def _is_float(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Call) and dotted(node.func, {}) == "float"


def notes_to_self(module: Module) -> Iterator[Offence]:
    """Yield comments that postpone work."""
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT and marks.search(token.string):
            yield Offence("note-to-self", token.start[0], "do it, or list it in LIMITATIONS.md")


def unfinished(module: Module) -> Iterator[Offence]:
    """Yield `NotImplementedError`: what is not built is not reachable."""
    for node in module.nodes:
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield Offence("unfinished", node.lineno, "leave it out, or declare it unbuilt as data")


def opening(module: Module) -> Iterator[Offence]:
    """Yield modules that do not open with at least two sentences (a package: one)."""
    text = ast.get_docstring(module.tree) or ""
    sentences = len(re.findall(r"[^.!?:\s][^.!?]*[.!?](?=\s|$)", text))
    wanted = 1 if module.path.endswith("__init__.py") else 2
    if sentences < wanted:
        yield Offence("opening", 1, "say what goes in, what comes out, what it refuses to know")


def vague_name(module: Module) -> Iterator[Offence]:
    """Yield modules and packages whose name says nothing."""
    for part in module.path.removesuffix(".py").split("/"):
        if part in VAGUE_NAMES:
            yield Offence("vague-name", 1, f"`{part}` says nothing: name the subject")


def long_module(module: Module) -> Iterator[Offence]:
    """Yield modules of more than 500 lines."""
    lines = module.text.count("\n")
    if lines > MODULE_LINES_MAX:
        yield Offence("long-module", 1, f"{lines} lines, at most {MODULE_LINES_MAX}")


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def functions(nodes: Iterable[ast.AST]) -> Iterator[FunctionNode]:
    """Yield every function and method."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_function(module: Module) -> Iterator[Offence]:
    """Yield functions of more than 50 lines, their docstring not counted."""
    for node in functions(module.nodes):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if ast.get_docstring(node) is not None:
            first = node.body[0]
            lines -= (first.end_lineno or first.lineno) - first.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            text = f"{node.name}: {lines} lines, at most {FUNCTION_LINES_MAX}"
            yield Offence("long-function", node.lineno, text)


def many_parameters(module: Module, described: frozenset[str] = frozenset()) -> Iterator[Offence]:
    """Yield public functions with too many parameters (`self` and `cls` not counted).

    Excused: methods whose name is in `described`, since the protocol they fulfil is itself checked.
    """
    for node in functions(module.nodes):
        if node.name.startswith("_") or node.name in described:
            continue
        positional = [*node.args.posonlyargs, *node.args.args]
        if positional and positional[0].arg in {"self", "cls"}:
            positional = positional[1:]
        every = len(positional) + len(node.args.kwonlyargs)
        if len(positional) > PARAMETERS_MAX or every > PARAMETERS_WITH_KEYWORDS_MAX:
            text = f"{node.name}: {len(positional)} positional, {every} in all"
            yield Offence("many-parameters", node.lineno, text)


def protocol_methods(module: Module) -> set[str]:
    """Return the names of the methods of the module's protocols: declared and described there."""
    imports = module.imports
    return {
        step.name
        for node in module.nodes
        if isinstance(node, ast.ClassDef) and _is_protocol(node, imports)
        for step in node.body
        if isinstance(step, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def undocumented(module: Module, described: frozenset[str] = frozenset()) -> Iterator[Offence]:
    """Yield public classes and functions without a docstring.

    Excused: methods of a protocol whose body is `...`, dunder methods, setters and overloads, and
    methods whose name is in `described` (they fulfil a protocol, which describes them).
    """
    imports = module.imports
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _without_docstring(node, node.name, imports)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None:
                yield Offence("undocumented", node.lineno, node.name)
            is_protocol = _is_protocol(node, imports)
            for step in node.body:
                if not isinstance(step, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                is_bare = is_protocol and len(step.body) == 1 and _is_ellipsis(step.body[0])
                if not is_bare and step.name not in described:
                    yield from _without_docstring(step, f"{node.name}.{step.name}", imports)


def _without_docstring(node: FunctionNode, name: str, imports: dict[str, str]) -> Iterator[Offence]:
    if node.name.startswith("_") or ast.get_docstring(node) is not None:
        return
    decorators = {dotted(decorator, imports) for decorator in node.decorator_list}
    if any(d.endswith((".setter", "overload", "override")) for d in decorators):
        return
    yield Offence("undocumented", node.lineno, name)


def _is_protocol(node: ast.ClassDef, imports: dict[str, str]) -> bool:
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return any(dotted(base, imports).endswith("Protocol") for base in bases)


def _is_ellipsis(step: ast.stmt) -> bool:
    return (
        isinstance(step, ast.Expr)
        and isinstance(step.value, ast.Constant)
        and step.value.value is Ellipsis
    )


RULES: tuple[Callable[[Module], Iterator[Offence]], ...] = (
    clock_calls,
    banned_calls,
    chance,
    printing,
    swallowed,
    float_money,
    notes_to_self,
    unfinished,
    opening,
    vague_name,
    long_module,
    long_function,
    many_parameters,
    undocumented,
)
"""Every rule over a single module."""


def imported_modules(module: Module, package: str) -> set[str]:
    """Return the dotted names a module imports, relative ones resolved; `package` is its own."""
    found: set[str] = set()
    for node in module.nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            found.add(base)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found
