import numpy as np
import pytest
from scipy.sparse import csr_array

from parure.core.clock import DAY_US
from parure.dataset import dataset_from_events, history_matrix, interaction_matrix
from parure.dataset.matrix import bm25, tf_idf

DAY = DAY_US
NOW = 40 * DAY


@pytest.fixture
def dataset():
    return dataset_from_events(
        [
            ("u1", "a", 0 * DAY, "purchase", 1, 100),
            ("u1", "a", 20 * DAY, "purchase", 3, 100),
            ("u1", "b", 20 * DAY, "purchase", 1, 300),
            ("u1", "b", 30 * DAY, "return", 1, 300),
            ("u1", "c", 40 * DAY - 1, "view", 1, 100),
            ("u2", "b", 20 * DAY, "purchase", 1, 300),
        ],
        as_of_us=NOW,
    )


def rows(dataset, **choice):
    return interaction_matrix(dataset, **choice).toarray()


def test_binary_is_one_for_everything_bought(dataset):
    np.testing.assert_array_equal(rows(dataset, weighting="binary"), [[1, 1, 0], [0, 1, 0]])


def test_binary_with_a_half_life_is_the_decay_of_the_latest_event(dataset):
    got = rows(dataset, weighting="binary", half_life_days=20)
    np.testing.assert_allclose(got, [[0.5, 0.5, 0], [0, 0.5, 0]])


def test_count_adds_events_each_decayed(dataset):
    np.testing.assert_array_equal(rows(dataset, weighting="count"), [[2, 1, 0], [0, 1, 0]])
    np.testing.assert_allclose(rows(dataset, weighting="count", half_life_days=20), [[0.25 + 0.5, 0.5, 0], [0, 0.5, 0]])


def test_log_count_is_the_logarithm_of_one_and_the_count(dataset):
    got = rows(dataset, weighting="log_count")
    np.testing.assert_allclose(got, np.log1p([[2, 1, 0], [0, 1, 0]]), rtol=1e-6)


def test_weight_takes_returns_off_and_leaves_out_what_is_not_above_zero(dataset):
    matrix = interaction_matrix(dataset, weighting="weight", purchases_only=False)
    np.testing.assert_allclose(matrix.toarray(), [[20, 0, 1], [0, 10, 0]])
    assert matrix.nnz == 3


def test_spend_multiplies_weights_with_both_ratios(dataset):
    # u1 pays 500 / 3 = 167 on average; a is bought 4 / 2 = 2 at a time.
    ratio = np.log2(1 + 100 / 167)
    got = rows(dataset, weighting="spend")
    np.testing.assert_allclose(got[0, 0], 10 * ratio * (np.log2(1.5) + np.log2(2.5)), rtol=1e-6)
    np.testing.assert_allclose(got[1, 1], 10, rtol=1e-6)


def test_no_queries_give_a_matrix_without_rows(dataset):
    assert history_matrix([], dataset.items, weighting="count").shape == (0, 3)


def test_the_age_of_an_event_counts_from_the_moment_of_the_query(dataset):
    query = dataset.query("u2")
    later = type(query)(history=query.history, now_us=NOW + 20 * DAY)
    got = history_matrix([query, later], dataset.items, weighting="count", half_life_days=20).toarray()
    np.testing.assert_allclose(got[:, 1], [0.5, 0.25])


def test_bm25_and_tf_idf_prefer_rare_items():
    matrix = csr_array(np.array([[1, 1], [1, 0], [1, 0], [1, 0]], np.float32))
    for weighed in (bm25(matrix).toarray(), tf_idf(matrix).toarray()):
        assert weighed[0, 1] > weighed[0, 0] == 0


def test_bm25_of_one_entry_is_as_worked_out_by_hand():
    matrix = csr_array(np.array([[2, 0], [0, 1], [0, 1]], np.float32))
    # Lengths 2, 1, 1 with mean 4/3; idf of the first item ln(3 / 2).
    length = 0.5 + 0.5 * 2 / (4 / 3)
    assert bm25(matrix, k1=1.2, b=0.5)[0, 0] == pytest.approx(2 * 2.2 / (1.2 * length + 2) * np.log(1.5), rel=1e-6)
