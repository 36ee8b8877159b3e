"""Running a Great Expectations checkpoint over a frame, without its traces on disk."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import great_expectations as gx
    import pandas as pd

# Some of GX's loggers set their own level; what they say of a failure quotes values.
_logger = logging.getLogger("great_expectations")
_logger.handlers, _logger.propagate = [logging.NullHandler()], False


def run_checkpoint(
    name: str, frame: pd.DataFrame, expectations: list[gx.expectations.Expectation], *, detail: bool = False
) -> list[Any]:
    """Validate `frame` and return one GX result per expectation.

    `detail` keeps what an expectation observed; only for expectations that observe no values: GX's own ones
    put failing values into their results.
    """
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    validation = gx.ValidationDefinition(
        name=name,
        data=asset.add_batch_definition_whole_dataframe(name),
        suite=context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations)),
    )
    checkpoint = gx.Checkpoint(
        name=name,
        validation_definitions=[context.validation_definitions.add(validation)],
        result_format="SUMMARY" if detail else "BOOLEAN_ONLY",
    )
    outcome = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": frame})
    return [result for run in outcome.run_results.values() for result in run.results]
