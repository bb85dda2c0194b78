"""Mede o servidor de fora: leitoras de mentira aos milhares, e um servidor de verdade em outro processo."""
