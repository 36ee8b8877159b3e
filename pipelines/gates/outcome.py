"""What gates answer, and the exit code that follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import computed_field

from pipelines.refs import Ref

PASS, FAIL, UNKNOWN = 0, 1, 2


class Check(Ref):
    """One gate over one asset. `failed`: undeclared rows by field and entity type; `not_examined`: parts.

    `suppressed`: fields and types that would fail it, had nobody decided about them (`pipelines.desk.decisions`).
    """

    gate: str
    asset: str
    failed: dict[str, dict[str, int]] = {}
    not_examined: int = 0
    suppressed: int = 0

    @property
    def unsure(self) -> bool:
        """Whether something could not be examined."""
        return self.not_examined > 0

    def lines(self) -> Iterator[str]:
        """Yield one line per failure or gap."""
        for field, types in self.failed.items():
            found = ", ".join(f"{kind} {rows:,}" for kind, rows in types.items())
            yield f"FAIL {self.gate}: {self.asset} · {field}: {found}"
        if self.unsure:
            yield f"NOT EXAMINED {self.gate}: {self.asset}: {self.not_examined:,} parts"


class ReportCheck(Ref):
    """The gate of one report: `rows` fail it, of which `limit` are allowed.

    `not_examined`: parts of the whole estate, whatever the report asks of them: what is in them nobody knows.
    `unknown`: rows that could not be judged; `undeclared`: registers it needs and the estate does not name;
    `suppressed`: rows that would fail it, had nobody decided about them (`pipelines.desk.decisions`).
    """

    gate: str
    title: dict[str, str]
    rows: int
    limit: int = 0
    not_examined: int = 0
    unknown: int = 0
    undeclared: int = 0
    suppressed: int = 0
    failed: bool = False

    @property
    def unsure(self) -> bool:
        """Whether something could not be examined."""
        return self.not_examined + self.unknown + self.undeclared > 0

    def lines(self) -> Iterator[str]:
        """Yield one line per failure or gap, in Japanese and English."""
        ja, en = self.title["ja"], self.title["en"]
        if self.failed:
            found = (
                f"{ja} {self.rows:,}件（上限{self.limit:,}件） / {en}: {self.rows:,}, limit {self.limit:,}"
            )
            yield f"FAIL {self.gate}: {found}"
        if self.not_examined:
            found = f"{ja} 未検査の部分{self.not_examined:,}件 / {en}: {self.not_examined:,} parts"
            yield f"NOT EXAMINED {self.gate}: {found}"
        if self.unknown:
            found = f"{ja} 判断できない行{self.unknown:,}件 / {en}: {self.unknown:,} not judged"
            yield f"NOT EXAMINED {self.gate}: {found}"
        if self.undeclared:
            found = (
                f"{ja} 未設定の台帳{self.undeclared:,}件 / {en}: registers not declared: {self.undeclared:,}"
            )
            yield f"NOT EXAMINED {self.gate}: {found}"


class Outcome(Ref):
    """All checks of a run."""

    checks: tuple[Check | ReportCheck, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exit_code(self) -> int:
        """0 all pass, 1 one fails, 2 one could not examine; 1 outranks 2."""
        if any(check.failed for check in self.checks):
            return FAIL
        return UNKNOWN if any(check.unsure for check in self.checks) else PASS

    def lines(self) -> Iterator[str]:
        """Yield one line per failure or gap, one per gate about what decisions left out, and a total."""
        left_out: Counter[str] = Counter()
        for check in self.checks:
            yield from check.lines()
            left_out[check.gate] += check.suppressed
        for gate, count in (+left_out).items():
            told = f"判断により除外{count:,}件 / left out by decisions: {count:,} (meibo report triage)"
            yield f"LEFT OUT {gate}: {told}"
        for kind, name in ((Check, "assets"), (ReportCheck, "reports")):
            checks = [check for check in self.checks if isinstance(check, kind)]
            passed = sum(1 for check in checks if not check.failed and not check.unsure)
            if checks or (kind is Check and not self.checks):
                yield f"{passed:,} of {len(checks):,} {name} pass"
