"""Api → plans of a Python package.

Takes the Api, gives plans. Every Python decision is made here: names, annotations, imports,
layout. Templates place what these views hold.
"""
