"""Train the tagger: ``python -m detectors.names.tagger.train --corpora DIR --out FILE``.

Needs python-crfsuite beside the package (it is no dependency: the weights come with it). Several linear CRFs are
trained on bags of the rows, each with other names put into them and other fillings of the templates, and their
weights averaged. Everything is seeded and single-threaded: the same corpora, dictionaries and versions give the
same bytes. Without ``--measure`` all rows are used; with it a quarter is held out, by the hash of its id,
and figures on that quarter are printed. About five minutes of one core.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from detectors.names.reading import sentences
from detectors.names.tagger import corpus
from detectors.names.tagger.corpus import Labelled, Row
from detectors.names.tagger.decode import Decoder
from detectors.names.tagger.model import LABELS, Model, to_bytes
from detectors.names.tagger.model import Row as Weights
from detectors.names.tagger.verdict import REPORTED, judged

#: CRFs to average, and the share of the rows each is trained on.
BAGS, SHARE = 4, 0.9
#: Fillings of every template a bag holds.
ROUNDS = 4
PARAMETERS = {
    "c1": 0.3,
    "c2": 0.05,
    "max_iterations": 40,
    "feature.minfreq": 2,
    "feature.possible_transitions": True,
}


@dataclass
class Figures:
    """Exact counts over the rows of one corpus."""

    right: int = 0
    proposed: int = 0
    expected: int = 0
    length: int = 0

    def line(self, name: str) -> str:
        """One line of the table `--measure` prints."""
        if not self.expected:
            return f"{name:22s} {self.proposed * 10_000 / self.length:.2f} false per 10,000 characters"
        precision, recall = self.right / max(self.proposed, 1), self.right / self.expected
        f1 = 2 * self.right / (self.proposed + self.expected)
        return f"{name:22s} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  ({self.expected} names)"


def train(rows: Sequence[Row], bags: int = BAGS) -> Model:
    """Return the average of `bags` CRFs over `rows`."""
    real = [list(corpus.labelled(row)) for row in rows]
    return average([_fit(_bag(rows, real, seed)) for seed in range(1, bags + 1)])


def measure(model: Model, rows: Sequence[Row]) -> dict[str, Figures]:
    """Return exact figures for PERSON over `rows`, by corpus, sentence by sentence."""
    tagger = Decoder(model)
    figures: dict[str, Figures] = {}
    for row in rows:
        found = {
            (name.start, name.end)
            for tokens, said in sentences(row.text)
            for name in (judged(row.text, tokens, said, tagger) if tokens else said)
            if name.score >= REPORTED
        }
        expected = {(start, end) for start, end, kind in row.spans if kind == "PERSON"}
        counts = figures.setdefault(row.source, Figures())
        counts.right += len(found & expected)
        counts.proposed += len(found)
        counts.expected += len(expected)
        counts.length += len(row.text)
    return figures


def average(models: Sequence[Model]) -> Model:
    """Return the mean of linear models; a feature a model does not have weighs nothing in it."""
    zero = np.zeros(len(LABELS), dtype=np.float32)
    names = sorted({name for model in models for name in model.rows})
    rows = {name: _mean([model.rows.get(name, zero) for model in models]) for name in names}
    return Model(rows, _mean([model.transitions for model in models]))


def _mean(rows: Sequence[Weights]) -> Weights:
    mean: Weights = np.stack(rows).sum(axis=0, dtype=np.float32) * np.float32(1 / len(rows))
    return mean


def _bag(rows: Sequence[Row], real: Sequence[list[Labelled]], seed: int) -> Iterator[Labelled]:
    """Most of the real rows, those with names once more under other names, and every template filled anew."""
    rng = random.Random(seed)
    chosen = [index for index in range(len(rows)) if rng.random() < SHARE]
    for index in chosen:
        yield from real[index]
    for row in corpus.renamed([rows[index] for index in chosen], seed):
        yield from corpus.labelled(row)
    for row in corpus.made(seed, ROUNDS):
        yield from corpus.labelled(row)


def _fit(sentences: Iterable[Labelled]) -> Model:
    trainer = import_module("pycrfsuite").Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(PARAMETERS)
    for features, labels in sentences:
        trainer.append(features, labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model").as_posix()
        trainer.train(path)
        tagger = import_module("pycrfsuite").Tagger()
        tagger.open(path)
        learned = tagger.info()
        tagger.close()
    rows: dict[str, Weights] = {}
    for (feature, label), weight in learned.state_features.items():
        rows.setdefault(feature, np.zeros(len(LABELS), dtype=np.float32))[LABELS.index(label)] = weight
    transitions = np.zeros((len(LABELS), len(LABELS)), dtype=np.float32)
    for (left, right), weight in learned.transitions.items():
        transitions[LABELS.index(left), LABELS.index(right)] = weight
    return Model(rows, transitions)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the corpora, train, write the weights."""
    parser = argparse.ArgumentParser(description="Train the name tagger.")
    parser.add_argument("--corpora", type=Path, required=True, help="folder of the development corpora")
    parser.add_argument("--out", type=Path, required=True, help="weight file to write")
    parser.add_argument(
        "--measure", action="store_true", help="hold a quarter of the rows out and measure on it"
    )
    options = parser.parse_args(arguments)
    rows = corpus.read(options.corpora)
    model = train([row for row in rows if not (options.measure and row.held_out)])
    options.out.write_bytes(to_bytes(model))
    if options.measure:
        for name, figures in measure(model, [row for row in rows if row.held_out]).items():
            print(figures.line(name))


if __name__ == "__main__":
    main()
