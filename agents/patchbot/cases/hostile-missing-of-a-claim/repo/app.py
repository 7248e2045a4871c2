print("ModuleNotFoundError: No module named 'tabulate'")
raise SystemExit(1)
