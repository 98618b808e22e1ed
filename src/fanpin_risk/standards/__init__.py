"""The rule-based standards as dated, placed, sourced parameters and three-valued rules."""
