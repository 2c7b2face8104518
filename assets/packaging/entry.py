"""Start of the frozen program: worker processes first, then the command line."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from app.begin import main

    raise SystemExit(main())
