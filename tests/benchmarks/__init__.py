"""How fast, as ratios to floors measured in the same run: `./run bench`."""
