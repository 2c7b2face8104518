"""``python -m app``: the same as the console script."""

from app.begin import main

if __name__ == "__main__":
    raise SystemExit(main())
