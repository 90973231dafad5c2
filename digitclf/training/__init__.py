"""Training a network: the compiled program, its epochs, schedules and checkpoints.

Nothing here knows of estimators or of scikit-learn.
"""
