"""What a model thinks of the units that carry a task's labels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stance.model import Model
from stance.text.labelled import LabelledUnits


def coded_probabilities(model: Model, units: LabelledUnits, task: str) -> npt.NDArray[np.float64]:
    """The task's probabilities of the units that carry its labels, shape (n_coded, n_labels).

    The others are read as well: they are the context of these, as in training and in coding.
    """
    return model.scores(units.units)[task].values[units.coded[task]]
