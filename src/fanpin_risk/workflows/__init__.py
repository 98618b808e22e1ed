"""The order of the steps: backtest, train, score, plan."""
