"""Sources that read the current session: its nearest neighbours, and a transformer over sequences of items."""

from parure.retrieval.session.knn import SessionKnn, SessionKnnConfig
from parure.retrieval.session.sasrec import SasRec, SasRecConfig
from parure.retrieval.session.sessions import StepWeights

__all__ = ["SasRec", "SasRecConfig", "SessionKnn", "SessionKnnConfig", "StepWeights"]
