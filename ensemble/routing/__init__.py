"""Learned routing: what a hole looks like, what each model is likely to make of it, where to start.

Nothing here asks a model. Deciding is plain arithmetic on a few dozen numbers; only fitting needs
numpy, which is loaded where weights are fitted.
"""
