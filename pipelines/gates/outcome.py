"""What gates answer, and the exit code that follows from it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import computed_field

from pipelines.refs import Ref

PASS, FAIL, UNKNOWN = 0, 1, 2


class Check(Ref):
    """One gate over one asset. `failed`: undeclared rows by field and entity type; `not_examined`: parts."""

    gate: str
    asset: str
    failed: dict[str, dict[str, int]] = {}
    not_examined: int = 0


class Outcome(Ref):
    """All checks of a run."""

    checks: tuple[Check, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exit_code(self) -> int:
        """0 all pass, 1 one fails, 2 one could not examine; 1 outranks 2."""
        if any(check.failed for check in self.checks):
            return FAIL
        return UNKNOWN if any(check.not_examined for check in self.checks) else PASS

    def lines(self) -> Iterator[str]:
        """Yield one line per failure or gap, and a total."""
        for check in self.checks:
            for field, types in check.failed.items():
                found = ", ".join(f"{kind} {rows:,}" for kind, rows in types.items())
                yield f"FAIL {check.gate}: {check.asset} · {field}: {found}"
            if check.not_examined:
                yield f"NOT EXAMINED {check.gate}: {check.asset}: {check.not_examined:,} parts"
        passed = sum(1 for check in self.checks if not check.failed and not check.not_examined)
        yield f"{passed:,} of {len(self.checks):,} assets pass"
