"""Early warning of households at risk of falling back into poverty.

Build indicators as they were known on a decision day, estimate the risk, explain it, and rank
households for a visit beside the rule-based standards.
"""
