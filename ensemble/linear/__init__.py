"""Logistic regression on named features: what the router and the reward are both made of.

Predicting is plain arithmetic on a few dozen numbers; only fitting needs numpy.
"""
