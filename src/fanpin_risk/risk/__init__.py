"""The risk model, its calibration, baselines, measures, and the stored model."""
