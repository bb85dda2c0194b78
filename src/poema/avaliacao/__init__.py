"""Quão bem um modelo prevê poemas que nunca viu, e um rival honesto."""
