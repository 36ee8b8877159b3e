"""Leak scoping (漏えい等): who and what was concerned, whether and until when to report it, drafts."""

from __future__ import annotations

from pipelines.incident.answer import Scope
from pipelines.incident.question import CAUSES, Question
from pipelines.incident.scope import scope_of

__all__ = ["CAUSES", "Question", "Scope", "scope_of"]
