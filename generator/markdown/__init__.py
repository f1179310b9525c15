"""Text → Document: blocks with their lines; knows markdown, nothing of API pages' meaning.

Takes a TextFile and the include files it may name, gives a Document. Reading never fails: what is
broken is read as well as it can be, and said.
"""
