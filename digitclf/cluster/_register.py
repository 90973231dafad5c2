"""The function that makes the backend available to joblib."""

from __future__ import annotations


def register_dask() -> None:
    """Let joblib's backend ``"dask"`` survive the loss of workers.

    joblib ships with a backend of this name, which distributes scikit-learn's searches,
    cross-validation and ensembles. Its tasks depend on data that a single worker may
    hold, such as the images and the indices of a fold. If this worker is lost, the
    search ends with an error. After `register_dask`,
    ``joblib.parallel_config(backend="dask")`` selects a backend that takes the same
    parameters and differs as follows:

    1. Data that was lost with a worker is sent again, and only the fits that were
       running there or waiting for it are repeated.
    2. Arrays are sent once as long as the ``with`` block lasts, and not once per call:
       a search by successive halving makes one call per iteration.
    3. Errors of the cluster itself say what happened: a worker without digitclf, a
       module that a worker lacks, or a scheduler that is gone.
    4. A cluster with a single thread is used. joblib's backend computes in the client
       instead.

    The backend is registered for the whole process. Calling the function again has no
    effect.

    Raises
    ------
    ModuleNotFoundError
        If distributed is not installed.

    See Also
    --------
    joblib.parallel_config : Select the backend.

    Examples
    --------
    >>> from distributed import Client
    >>> from joblib import parallel_config
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import cross_val_score
    >>> from digitclf import MLPDigitClassifier
    >>> from digitclf.cluster import register_dask
    >>> register_dask()
    >>> X, y = load_digits(return_X_y=True)
    >>> with Client(processes=False, dashboard_address=":0") as client:
    ...     with parallel_config(backend="dask"):
    ...         scores = cross_val_score(MLPDigitClassifier(epochs=2), X, y, cv=3)
    >>> scores.shape
    (3,)
    """
    try:
        import distributed  # noqa: F401 - whether it is installed
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Dask's clusters need {error.name}, which is not installed. Install it "
            'with pip install "digitclf[dask]".',
            name=error.name,
        ) from error
    from joblib import register_parallel_backend

    from digitclf.cluster._dask_backend import DaskBackend

    register_parallel_backend("dask", DaskBackend)
