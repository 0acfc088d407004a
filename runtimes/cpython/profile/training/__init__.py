"""Programs that call for what programs call for: train.py runs them."""
