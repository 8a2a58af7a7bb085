"""Features are weighed as their sources say."""

import numpy as np
from scipy.sparse import csr_matrix

from stance.features.matrices import SideBySide
from stance.learn.weighing import log_count_ratios


def test_log_count_ratios_tell_what_a_label_is_known_by():
    """The ratio is that of the smoothed shares of presence; dense columns keep their size."""
    sparse = csr_matrix(np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 3.0]], dtype=np.float32))
    X = SideBySide([sparse, np.ones((3, 1), dtype=np.float32)])
    y = np.array([[1.0], [1.0], [0.0]])
    found = log_count_ratios(X, y, np.ones(3))
    # With the label: 2 and 1 rows hold the features, without: 0 and 1; each smoothed by 1.
    expected = np.log([(3 / 5) / (1 / 3), (2 / 5) / (2 / 3)])
    np.testing.assert_allclose(found.ravel(), [*expected, 1.0], rtol=1e-6)
