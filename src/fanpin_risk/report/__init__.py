"""Figures, tables, the report, the workbook, and the tracking of runs."""
