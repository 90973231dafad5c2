"""Searches and cross-validation on a cluster, by scikit-learn's own mechanism, joblib.

A Dask cluster requires distributed: ``pip install "digitclf[dask]"``.
"""

from digitclf.cluster._register import register_dask

__all__ = ["register_dask"]
