"""Document → facts: what each page states; nothing of Python, nothing of other pages.

Takes a page and the includes it names, gives its PageFacts. Facts quote, the model decides: what
needs two pages is decided in `model`. Reading never fails.
"""
